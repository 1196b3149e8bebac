// Draws the documentation from the OpenAPI document, and makes the calls that a reader tries.
"use strict";

const MOST_SHOWN = 200000;
const OUTER = /^\/projects\/\{\w+\}\/(tickets\/\{\w+\}\/)?/;
let openapi;

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter(Boolean));
  return made;
}

// Text in which `words` are code.
function prose(text) {
  return (text || "").split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

function resolve(value) {
  if (!value || !value.$ref) return value || {};
  return value.$ref.slice(2).split("/").reduce((found, key) => found[key], openapi);
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  const types = [schema.type || "anything"].flat().map((type) => {
    if (type === "array") return `list of ${typeOf(schema.items)}`;
    return type === "string" && schema.format ? schema.format : type;
  });
  return types.join(" or ");
}

function rulesOf(schema) {
  const rules = schema.enum ? [schema.enum.filter((word) => word !== null).join(", ")] : [];
  if (schema.default !== undefined) rules.push(`default ${schema.default}`);
  if (schema.minimum !== undefined) rules.push(`from ${schema.minimum} to ${schema.maximum}`);
  if (schema.maxLength) rules.push(`up to ${schema.maxLength.toLocaleString("en")} characters`);
  if (schema.maxItems) rules.push(`up to ${schema.maxItems} of them`);
  return rules.join("; ");
}

// The schema of an object inside another: itself, or what a list or a choice is made of.
function inner(schema) {
  const parts = [schema, schema.items, ...(schema.anyOf || [])];
  return parts.find((part) => part && part.$ref);
}

function table(schema, markRequired) {
  const found = resolve(inner(schema) || schema);
  if (!found.properties) return null;
  const rows = Object.entries(found.properties).map(([name, field]) => {
    const required = markRequired && (found.required || []).includes(name);
    const deeper = inner(field);
    const content = deeper
      ? el("details", {}, el("summary", {}, typeOf(field)), table(deeper, markRequired))
      : [typeOf(field), el("small", {}, rulesOf(field))];
    const label = [el("code", {}, name), required && el("small", { class: "required" }, "required")];
    return el("tr", {}, el("th", { scope: "row" }, label), el("td", {}, content));
  });
  return el("table", {}, el("tbody", {}, rows));
}

function answer([status, reference]) {
  const { description, content = {} } = resolve(reference);
  const [kind, { schema } = {}] = Object.entries(content)[0] || [];
  const shape = status < "400" && kind ? (schema.type === "string" ? kind : typeOf(schema)) : "";
  const number = el("b", { class: `status s${status[0]}` }, status);
  const title = [number, " ", prose(description), " ", el("span", { class: "quiet" }, shape)];
  const fields = shape ? table(schema, false) : null;
  if (!fields) return el("div", { class: "answer" }, title);
  return el("details", { class: "answer" }, el("summary", {}, title), fields);
}

function bodyOf(operation) {
  const [kind, content] = Object.entries((operation.requestBody || {}).content || {})[0] || [];
  return kind ? { kind, ...content } : null;
}

function input(parameter) {
  const attributes = { name: parameter.name, "data-in": parameter.in, placeholder: parameter.example };
  const words = parameter.schema.enum;
  const field = words
    ? el("select", attributes, ["", ...words].map((word) => el("option", {}, word)))
    : el("input", { ...attributes, required: parameter.required, autocomplete: "off" });
  const hint = parameter.description || rulesOf(parameter.schema);
  return el("label", {}, el("code", {}, parameter.name), el("small", {}, prose(hint)), field);
}

function form(path, method, operation) {
  const shown = operation.parameters.filter((each) => each.in !== "header").map(input);
  const headers = operation.parameters.filter((each) => each.in === "header").map(input);
  const body = bodyOf(operation);
  const output = el("div", { class: "output", "aria-live": "polite" });
  const hidden = el("details", {}, el("summary", {}, "Headers"), headers);
  const made = el("form", { class: "try" }, el("h4", {}, "Try it"), shown, hidden);
  if (body && body.kind === "multipart/form-data") {
    made.append(el("label", {}, "File", el("input", { name: "file", type: "file", required: true })));
  } else if (body) {
    const example = JSON.stringify(body.example || {}, null, 2);
    const lines = { rows: String(example.split("\n").length + 1), spellcheck: "false", name: "body" };
    made.append(el("label", {}, "Body", el("textarea", lines, example)));
  }
  const send = el("button", { class: method }, `Send ${method.toUpperCase()}`);
  made.append(send, output);
  made.onsubmit = (event) => {
    event.preventDefault();
    call(request(made, path, method, body), send, output);
  };
  return made;
}

// What the filled-in form asks for: the address, and the options of `fetch`.
function request(filled, path, method, body) {
  const query = new URLSearchParams();
  const headers = new Headers();
  let url = openapi.servers[0].url + path;
  for (const { name, value, dataset } of filled.querySelectorAll("[data-in]")) {
    if (dataset.in === "path") url = url.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && dataset.in === "query") query.set(name, value);
    else if (value) headers.set(name, value);
  }
  if (query.size) url += `?${query}`;
  const options = { method: method.toUpperCase(), headers, redirect: "manual" };
  if (body && body.kind === "multipart/form-data") {
    options.body = new FormData();
    options.body.set("file", filled.elements.file.files[0]);
  } else if (body) {
    headers.set("Content-Type", "application/json");
    options.body = filled.elements.body.value;
  }
  return { url, options };
}

async function call({ url, options }, send, output) {
  const stopper = new AbortController();
  const stop = el("button", { type: "button", class: "plain" }, "Stop");
  stop.onclick = () => stopper.abort();
  const text = el("pre", { class: "body" });
  output.replaceChildren(el("pre", {}, `${options.method} ${url}`), stop);
  send.disabled = true;
  try {
    const response = await fetch(url, { ...options, signal: stopper.signal });
    const kind = response.headers.get("Content-Type") || "";
    const status = response.type === "opaqueredirect" ? "302" : String(response.status);
    const about = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const head = el("b", { class: `status s${status[0]}` }, status);
    const details = el("details", {}, el("summary", {}, "Headers"), el("pre", {}, about));
    output.append(head, details, text);
    await show(response, kind, text);
  } catch (error) {
    if (error.name !== "AbortError") output.append(el("p", { class: "problem" }, error.message));
  } finally {
    stop.remove();
    send.disabled = false;
  }
}

async function show(response, kind, text) {
  if (kind.includes("json")) {
    text.textContent = JSON.stringify(await response.json(), null, 2).slice(0, MOST_SHOWN);
  } else if (kind.startsWith("text/event-stream")) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text.textContent = (text.textContent + next.value).slice(-MOST_SHOWN);
    }
  } else if (kind.startsWith("text/")) {
    text.textContent = (await response.text()).slice(0, MOST_SHOWN);
  } else {
    const { size } = await response.blob();
    text.textContent = size ? `${size} bytes of ${kind}` : "";
  }
}

function drawCall(path, method, operation) {
  const heading = [
    el("b", { class: `method ${method}` }, method),
    el("code", { class: "path" }, path),
    el("span", { class: "about" }, prose(operation.summary)),
  ];
  const made = el("details", { class: "call", id: operation.operationId }, el("summary", {}, heading));
  made.ontoggle = () => {
    if (made.open && made.children.length === 1) made.append(inside(path, method, operation));
  };
  return made;
}

function inside(path, method, operation) {
  const body = bodyOf(operation);
  const fields = body && [el("h4", {}, "Body"), table(body.schema, true)];
  const all = Object.entries(operation.responses);
  const refusals = all.filter(([status]) => status >= "400").map(answer);
  const answers = all.filter(([status]) => status < "400").map(answer);
  const folded = el("details", { class: "answer" }, el("summary", {}, "Refusals"), refusals);
  const reference = [fields, el("h4", {}, "Answers"), answers, folded];
  const columns = [el("div", {}, reference), form(path, method, operation)];
  const who = el("p", {}, prose(operation.description));
  return el("div", { class: "inside" }, who, el("div", { class: "columns" }, columns));
}

function draw() {
  document.getElementById("introduction").append(...prose(openapi.info.description));
  const calls = Object.entries(openapi.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
  for (const tag of openapi.tags) {
    const tagged = calls.filter((each) => each.operation.tags.includes(tag.name));
    const drawn = tagged.map((each) => drawCall(each.path, each.method, each.operation));
    const section = el("section", {}, el("h2", {}, tag.description), drawn);
    const group = el("details", { open: innerWidth > 900 }, el("summary", {}, tag.description));
    group.append(el("ul", {}, tagged.map(link)));
    document.getElementById("calls").append(section);
    document.getElementById("groups").append(group);
  }
  document.getElementById("state").remove();
}

function link({ path, method, operation }) {
  const label = [el("b", { class: `method ${method}` }, method), path.replace(OUTER, "\u2026/")];
  const words = `${method} ${path} ${operation.summary}`.toLowerCase();
  return el("li", { "data-words": words }, el("a", { href: `#${operation.operationId}` }, label));
}

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (!named || !named.matches(".call")) return;
  named.open = true;
  named.scrollIntoView();
}

function search(event) {
  const wanted = event.target.value.toLowerCase().split(/\s+/);
  for (const item of document.querySelectorAll("#groups li")) {
    item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
  }
  for (const group of document.querySelectorAll("#groups details")) {
    group.hidden = !group.querySelector("li:not([hidden])");
    group.open ||= event.target.value !== "";
  }
}

async function start() {
  try {
    const response = await fetch(document.querySelector("[data-document]").dataset.document);
    if (!response.ok) throw new Error((await response.json()).error);
    openapi = await response.json();
    draw();
  } catch (error) {
    document.getElementById("state").textContent = `The calls cannot be shown: ${error.message}`;
    return;
  }
  openNamed();
  document.getElementById("search").oninput = search;
  window.onhashchange = openNamed;
}

start();
