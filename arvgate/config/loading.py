"""
Configuration text to one frozen L{Config}, or all its problems at once.

Not here: opening files (L{arvgate.config.files}).
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args
from urllib.parse import urlsplit

import attrs
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from arvgate.config import model as values
from arvgate.config.checks import check_cluster
from arvgate.config.schema import ClusterModel, DockerEngineModel, Section
from arvgate.config.values import url_port
from arvgate.config.yaml_text import read_yaml
from arvgate.errors import ConfigInvalid
from arvgate.model.ids import ClusterID, is_cluster_id

__all__ = ["load", "load_with_problems"]

Location = tuple[int | str, ...]

_SENTENCES: Mapping[str, str] = {
    "string_type": "must be text (in quotes if it looks like a number)",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "missing": "missing",
    "dict_type": "must be a mapping of keys to values",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "value_error": "{error}",
}


def load(text: str, where: str) -> values.Config:
    """
    The configuration in C{text}.

    @param where: path of the file it is from: for messages, and what relative paths in it start from.
    @raise ConfigInvalid: with every problem that can be seen in the text.
    """
    config, problems = load_with_problems(text, where)
    if problems or config is None:
        raise ConfigInvalid(problems)
    return config


def load_with_problems(text: str, where: str) -> tuple[values.Config | None, list[str]]:
    """
    As L{load}, for those who go on looking for problems: a configuration where wrong values are replaced by
    defaults (None if there is no cluster at all in the text), and the problems so far.
    """
    document, problems = read_yaml(text, where)
    if document is None:
        return None, problems
    cluster_id, cluster, top_problems = _only_cluster(document, where)
    problems += top_problems
    if cluster_id is None:
        return None, problems
    prefix = f"Clusters.{cluster_id}"
    model, typing_problems = _validate(cluster)
    damaged = [path for path, _ in typing_problems]
    fitting_problems = [
        (path, sentence)
        for path, sentence in check_cluster(cluster_id, model)
        if not _follows_from(path, sentence, damaged)
    ]
    for path, sentence in typing_problems + fitting_problems:
        problems.append(f"{prefix}{'.' if path and path[0] != '[' else ''}{path}: {sentence}")
    return _build(cluster_id, model, posixpath.dirname(where)), problems


def _only_cluster(document: Any, where: str) -> tuple[str | None, Any, list[str]]:
    if not isinstance(document, dict):
        return None, None, [f"{where}: must be a mapping with the key Clusters"]
    problems = [f"{key}: unknown key{_suggestion(str(key), ['Clusters'])}" for key in document if key != "Clusters"]
    clusters = document.get("Clusters")
    if not isinstance(clusters, dict) or not clusters:
        return None, None, [*problems, "Clusters: missing; give the cluster's id and its settings"]
    if len(clusters) > 1:
        return None, None, [*problems, "Clusters: there must be exactly one cluster in the file"]
    cluster_id, cluster = next(iter(clusters.items()))
    if not isinstance(cluster_id, str) or not is_cluster_id(cluster_id):
        problems.append(f"Clusters.{cluster_id}: a cluster id is five characters of a-z and 0-9")
    return str(cluster_id), cluster, problems


def _validate(cluster: Any) -> tuple[ClusterModel, list[tuple[str, str]]]:
    """The model with what was wrong left at its default, and what was wrong."""
    try:
        return ClusterModel.model_validate(cluster), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [(_path(detail["loc"]), _sentence(detail)) for detail in details]
    later_items_first = sorted({_damaged(detail["loc"]) for detail in details}, key=_item_number, reverse=True)
    return ClusterModel.model_validate(_without(cluster, later_items_first)), problems


def _follows_from(path: str, sentence: str, damaged: Sequence[str]) -> bool:
    """Whether a problem is only there because what was given could not be read."""
    return any(
        path == other
        or path.startswith((f"{other}.", f"{other}["))
        or (sentence.startswith("missing") and other.startswith(f"{path}["))
        for other in damaged
    )


def _damaged(location: Location) -> Location:
    """What is left out: an item of a list as a whole, since it may need what is wrong in it."""
    for depth, part in enumerate(location):
        if isinstance(part, int) and depth:
            return location[: depth + 1]
    return location


def _item_number(location: Location) -> int:
    last = location[-1] if location else 0
    return last if isinstance(last, int) else 0


def _without(cluster: Any, locations: Sequence[Location]) -> Any:
    """A deep copy of C{cluster} without what stands at C{locations}, of one list later items first."""
    copy = _copied(cluster)
    for location in locations:
        if not location:
            return {}
        parent = copy
        for part in location[:-1]:
            parent = parent[part]
        last = location[-1]
        if isinstance(parent, dict):
            last = next(key for key in parent if str(key) == str(last))
        del parent[last]
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def _path(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _sentence(detail: ErrorDetails) -> str:
    location = detail["loc"]
    if detail["type"] in ("extra_forbidden", "invalid_key"):
        return "unknown key" + _nearest_key(location)
    pattern = _SENTENCES.get(detail["type"])
    return detail["msg"] if pattern is None else pattern.format(**detail.get("ctx", {}))


def _nearest_key(location: Location) -> str:
    section = _section_at(location[:-1])
    name = str(location[-1])
    here = [field.alias or "" for field in section.model_fields.values()]
    found = _suggestion(name, here)
    if found:
        return found
    elsewhere = next((path for path in _all_paths(ClusterModel) if path.rpartition(".")[2] == name), "")
    return f"; did you mean {elsewhere}?" if elsewhere else ""


def _suggestion(name: str, known: Sequence[str]) -> str:
    by_lower = {key.lower(): key for key in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""


def _section_at(location: Location) -> type[Section]:
    section: type[Section] = ClusterModel
    for part in location:
        if not isinstance(part, int):
            section = _subsections(section)[part]
    return section


def _subsections(section: type[Section]) -> Mapping[str, type[Section]]:
    """The sections in a section, and those that its lists consist of."""
    found: dict[str, type[Section]] = {}
    for field in section.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                found[str(field.alias)] = kind
    return found


def _all_paths(section: type[Section], prefix: str = "") -> Iterator[str]:
    for field in section.model_fields.values():
        yield f"{prefix}{field.alias}"
    for name, subsection in _subsections(section).items():
        yield from _all_paths(subsection, f"{prefix}{name}.")


def _build(cluster_id: str, model: ClusterModel, base: str) -> values.Config:
    return values.Config(
        cluster_id=ClusterID(cluster_id),
        system_root_token=values.Secret(model.system_root_token),
        controller_url=model.services.controller.external_url.rstrip("/") + "/",
        management_token=values.Secret(model.management_token),
        anonymous_token=values.Secret(model.users.anonymous_user_token),
        issue_trusted_tokens=model.login.issue_trusted_tokens,
        api=values.ApiConfig(**dict(model.api)),
        web_services=_web_services(model),
        tls=values.TLSConfig(_absolute(model.tls.certificate, base), _absolute(model.tls.key, base)),
        shell_access=values.ShellAccessConfig(**dict(model.containers.shell_access)),
        containers=values.ContainersConfig(
            max_retry_attempts=model.containers.max_retry_attempts,
            max_dispatch_attempts=model.containers.max_dispatch_attempts,
        ),
        users=values.UsersConfig(
            new_users_are_active=model.users.new_users_are_active,
            auto_setup_new_users=model.users.auto_setup_new_users,
            are_visible=model.users.are_visible,
            roles_are_visible=model.users.roles_are_visible,
        ),
        collections=values.CollectionsConfig(
            blob_signing=model.collections.blob_signing,
            blob_signing_key=values.Secret(model.collections.blob_signing_key),
            blob_signing_ttl=model.collections.blob_signing_ttl,
            default_trash_lifetime=model.collections.default_trash_lifetime,
        ),
        audit_logs=values.AuditLogsConfig(
            max_age=model.audit_logs.max_age,
            max_delete_batch=model.audit_logs.max_delete_batch,
            unlogged_attributes=frozenset(model.audit_logs.unlogged_attributes),
        ),
        arvgate=_arvgate(model, base),
    )


def _web_services(model: ClusterModel) -> values.WebServicesConfig:
    web = model.services.web_services
    if not web.external_url:
        return values.WebServicesConfig()
    parts = urlsplit(web.external_url)
    host = parts.hostname or ""
    plain = values.WebServicesConfig(external_url=web.external_url, port=url_port(parts))
    if host.startswith("*"):
        return attrs.evolve(plain, host_suffix=host[1:])
    return attrs.evolve(plain, host=host, port_min=web.port_min, port_max=web.port_max)


def _arvgate(model: ClusterModel, base: str) -> values.ArvgateConfig:
    arvgate = model.arvgate
    state = _absolute(arvgate.state_directory, base)
    return values.ArvgateConfig(
        state_directory=state,
        previous_system_root_token=values.Secret(arvgate.previous_system_root_token),
        database_url=arvgate.database or f"sqlite:///{state}/arvgate.db",
        data_key_path=_absolute(arvgate.data_key, base),
        ca_path=_absolute(arvgate.ca, base),
        ssh_host_key_path=_absolute(arvgate.ssh_host_key, base),
        workers=arvgate.workers,
        door_account=arvgate.door_account,
        listeners_https=tuple(arvgate.listeners.https),
        listeners_http=tuple(arvgate.listeners.http),
        listeners_ssh=tuple(arvgate.listeners.ssh),
        certificates=tuple(
            values.TLSConfig(_absolute(one.certificate, base), _absolute(one.key, base)) for one in arvgate.certificates
        ),
        hsts=arvgate.hsts,
        engine=arvgate.engine,
        process_account=arvgate.engines.process.account,
        docker=_docker(arvgate.engines.docker, base),
        node=values.NodeConfig(**dict(arvgate.node)),
        limits=values.LimitsConfig(**dict(arvgate.limits)),
        timeouts=values.TimeoutsConfig(**dict(arvgate.timeouts)),
        trusted_proxies=tuple(arvgate.trusted_proxies),
        reuse_after_connection=arvgate.reuse_after_connection,
        session_lifetime=arvgate.session_lifetime,
        access_log=arvgate.access_log if arvgate.access_log == "-" else _absolute(arvgate.access_log, state),
        log_max_bytes=arvgate.logs.max_bytes,
        output=values.OutputConfig(**dict(arvgate.output)),
        user_limits=values.UserLimitsConfig(**dict(arvgate.user_limits)),
    )


def _docker(docker: DockerEngineModel, base: str) -> values.DockerConfig:
    return values.DockerConfig(
        host=docker.host,
        pull=docker.pull,
        registry_config=_absolute(docker.registry_config, base),
        pids_limit=docker.pids_limit,
        host_directories=tuple(
            values.HostDirectoryConfig(posixpath.normpath(one.path), one.writable) for one in docker.host_directories
        ),
    )


def _absolute(path: str, base: str) -> str:
    """C{path} seen from the directory C{base}; C{file://} before it is allowed as in Arvados."""
    path = path.removeprefix("file://")
    return posixpath.normpath(posixpath.join(base, path)) if path else ""
