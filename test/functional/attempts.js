// What a page can do, without being visited, to get a request to another origin or to read of it.
//
// Each takes an address there and settles with what it got.  chromedriver hangs where a page is rendered ahead of time,
// so that is left out.

const element = (name, properties, parent = document.body) => {
  const made = Object.assign(document.createElement(name), properties);
  return new Promise(settle => {
    made.onload = made.onloadeddata = () => settle("loaded " + (made.naturalWidth ?? "") + read(made));
    made.onerror = () => settle("error");
    parent.append(made);
  });
};

const read = made => {
  try {
    return made.contentDocument?.body.innerText ?? "";
  } catch (error) {
    return error.name;
  }
};

const form = (method, address, target) => {
  const made = Object.assign(document.createElement("form"), { method, action: address, target });
  made.append(Object.assign(document.createElement("input"), { name: "field", value: "text" }));
  document.body.append(made);
  made.submit();
  return "submitted";
};

const framed = method => async address => {
  const name = "frame" + Math.random();
  const loaded = element("iframe", { name });
  await loaded;
  form(method, address, name);
  return new Promise(settle => {
    document.getElementsByName(name)[0].onload = event => settle("loaded " + read(event.target));
  });
};

const prefetchByRule = async address => {
  const made = Object.assign(document.createElement("script"), { type: "speculationrules" });
  made.textContent = JSON.stringify({ prefetch: [{ source: "list", urls: [address], eagerness: "immediate" }] });
  document.head.append(made);
  return "asked for";
};

const text = answer => (answer.type === "opaque" ? "opaque" : answer.text());
const wide = { credentials: "include" };

const attempts = {
  fetch: address => fetch(address, wide).then(text),
  fetchWithoutCors: address => fetch(address, { ...wide, mode: "no-cors" }).then(text),
  fetchHead: address => fetch(address, { ...wide, mode: "no-cors", method: "HEAD" }).then(text),
  fetchPost: address => fetch(address, { ...wide, mode: "no-cors", method: "POST", body: "x" }).then(text),
  fetchPreflighted: address => fetch(address, { ...wide, method: "PUT", headers: { "X-Own": "1" } }).then(text),
  fetchKeptAlive: address => fetch(address, { ...wide, mode: "no-cors", keepalive: true }).then(text),
  fetchRedirected: address =>
    fetch("/answer?status=307&header=" + encodeURIComponent("Location:" + address), { ...wide, mode: "no-cors" }).then(text),
  request: address =>
    new Promise(settle => {
      const made = new XMLHttpRequest();
      made.withCredentials = true;
      made.onloadend = () => settle("status " + made.status + made.responseText);
      made.open("GET", address);
      made.send();
    }),
  beacon: async address => navigator.sendBeacon(address, "x"),
  ping: async address => {
    const made = Object.assign(document.createElement("a"), { href: "#", ping: address });
    document.body.append(made);
    made.click();
  },
  eventSource: address =>
    new Promise(settle => {
      const made = new EventSource(address, { withCredentials: true });
      made.onmessage = event => settle(event.data);
      made.onopen = () => settle("open");
      made.onerror = () => (made.close(), settle("error"));
    }),
  webSocket: address =>
    new Promise(settle => {
      const made = new WebSocket(address.replace("https", "wss"));
      made.onopen = () => (made.close(), settle("open"));
      made.onerror = () => settle("error");
    }),
  image: address => element("img", { src: address }),
  imageRedirected: address =>
    element("img", { src: "/answer?status=302&header=" + encodeURIComponent("Location:" + address) }),
  script: address => element("script", { src: address }, document.head),
  module: address => element("script", { src: address, type: "module", crossOrigin: "use-credentials" }, document.head),
  workerScript: address =>
    new Promise(settle => {
      const code = `try { importScripts(${JSON.stringify(address)}); postMessage("loaded"); } catch (e) { postMessage(e.name); }`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = event => settle(event.data);
    }),
  style: address => element("link", { rel: "stylesheet", href: address }, document.head),
  video: address => element("video", { src: address }),
  object: address => element("object", { data: address, type: "text/html" }),
  embed: address => element("embed", { src: address, type: "text/html" }),
  frame: address => element("iframe", { src: address }),
  sandboxedFrame: address => element("iframe", { src: address, sandbox: "allow-scripts" }),
  fromNowhere: address => {
    const heard = new Promise(settle => addEventListener("message", event => settle(event.data), { once: true }));
    const code = `fetch(${JSON.stringify(address)}, {mode: "no-cors", credentials: "include"})
      .then(answer => parent.postMessage(answer.type, "*"), error => parent.postMessage(error.name, "*"))`;
    return Promise.all([heard, element("iframe", { sandbox: "allow-scripts", srcdoc: `<script>${code}</script>` })]);
  },
  formInFrame: framed("get"),
  formPostedInFrame: framed("post"),
  preload: address => element("link", { rel: "preload", as: "image", href: address }, document.head),
  prefetch: address => element("link", { rel: "prefetch", href: address }, document.head),
  prefetchByRule,
};

// What a page can learn of a window that it opened, once that shows another origin's page.
const lookInto = async opened => {
  const ways = {
    document: () => opened.document.body.innerText,
    address: () => opened.location.href,
    storage: () => opened.localStorage.length,
    script: () => opened.eval("1"),
    name: () => opened.name,
  };
  const look = way => {
    try {
      return String(way());
    } catch (error) {
      return error.name;
    }
  };
  while (look(ways.document) !== "SecurityError") await new Promise(settle => setTimeout(settle, 20));
  return Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, look(way)]));
};

const bounded = promise => {
  const late = new Promise(settle => setTimeout(settle, 5000, "no end"));
  return Promise.race([promise, late]).then(String, error => "failed: " + error.name);
};

const tryAll = async origin => {
  const tried = Object.entries(attempts).map(async ([name, attempt]) => [name, await bounded(attempt(`${origin}/${name}`))]);
  return Object.fromEntries(await Promise.all(tried));
};
