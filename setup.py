"""Build and dependency declaration of arvgate."""

from setuptools import find_packages, setup

setup(
    name="arvgate",
    version="0.1.0.dev0",
    description="Gateway from browsers, SSH clients and API clients to containers on a cluster",
    long_description=open("README.rst", encoding="utf-8").read(),
    long_description_content_type="text/x-rst",
    license="Apache-2.0",
    python_requires=">=3.11",
    package_dir={"": "."},  # makes a development install a plain path, where twistd finds the plugin
    packages=[*find_packages(include=["arvgate", "arvgate.*"]), "twisted.plugins"],
    package_data={"arvgate": ["py.typed", "edge/pages/templates/*"]},
    install_requires=[
        "Jinja2>=3.1",
        "Twisted[tls,conch,websocket]>=26.4",  # WebSocket server; wsproto comes with the extra
        "alembic>=1.13",
        "attrs>=23.2",
        "click>=8.1",
        "cryptography>=42",  # timezone-aware certificate dates
        "docker>=7.1",  # requests 2.32
        "httptools>=0.6.1",  # llhttp 9
        "klein>=23.12",  # coroutine routes
        "multipart>=1.3",  # sizes of parts are checked
        "orjson>=3.9.10",  # a large list is written in a tenth of the time
        "prometheus-client>=0.20",
        "pydantic>=2.5",
        "PyYAML>=6.0.1",
        "rich>=13.7",
        "SQLAlchemy>=2.0.25",
        "treq>=23.11",
        "zope.interface>=6.1",
    ],
    extras_require={
        "postgresql": ["psycopg[binary]>=3.1.18"],
        "dev": [
            "arvados-python-client>=3.2.1",  # the SDK that must work unchanged
            "coverage>=7.4",
            "h11>=0.14",
            "hypothesis>=6.98",
            "import-linter>=2.0",
            "mypy>=1.11",
            "mypy-zope>=1.0.5",
            "psycopg[binary]>=3.1.18",
            "pydoctor>=24.11",
            "ruff>=0.6",
            "schemathesis>=4.0",
            "selenium>=4.18",
            "types-docker",
            "types-docutils",
            "types-PyYAML",
            "wsproto>=1.2",  # WebSocket of the app that acceptance tests run
        ],
    },
    entry_points={
        "console_scripts": [
            "arvgate = arvgate.cli.main:main",
            "arvgate-runner = arvgate.cli.runner:main",
        ],
    },
)
