/**
 * The chat panel's front end, an anywidget view. Truth is in the model's traits: this file draws them, and sends what a
 * person does. What others have written becomes text; HTML comes from the kernel alone, which has made it safe, and
 * passes `safe` once more. Nothing is loaded from anywhere.
 */

/**
 * @typedef {{name: string, kind: string, note: string, thumb: string, warning: string}} Attachment
 * @typedef {Attachment & {id: string, share: string}} Chip
 * @typedef {{id: string, number: number, prompt: string, html: string, text: string, thinking: string, thought: string,
 *   status: string, state: string, mark: string, error: string, attachments: Attachment[], pinned: boolean,
 *   absent: boolean, stale: boolean, branch: [number, number] | null, from_cell: boolean,
 *   code: {language: string, source: string}[]}} Turn
 * @typedef {{id: string, html: string, thinking: string, thought: string, status: string, phase: string}} Live
 * @typedef {{id: string, after: string, kind: string, html: string}} Report
 * @typedef {{text: string, kind: string, note: string}} Suggestion
 * @typedef {{id: string, sees: string, thinking: "only" | "both" | "no" | null, efforts: string[]}} ModelFacts
 * @typedef {{get: (name: string) => any, on: (event: string, call: () => void) => void,
 *   off: (event: string, call: () => void) => void, widget_manager?: any,
 *   send: (content: object, callbacks?: undefined, buffers?: ArrayBuffer[]) => void}} Model
 * @typedef {{element: HTMLElement, question: HTMLElement, thinking: HTMLDetailsElement, thought: HTMLElement,
 *   thoughts: HTMLElement, body: HTMLElement, marks: HTMLElement, foot: HTMLElement, inline: HTMLElement,
 *   turn: Turn, touched: boolean, grew: boolean}} TurnView
 * @typedef {{source: string, nodes: ChildNode[], finished: boolean}} Block
 * @typedef {{items: Suggestion[], from: number, to: number, active: number, attaches: boolean}} Suggestions
 */

// --- elements

const SVG = "http://www.w3.org/2000/svg";
/** @type {Record<string, string>} The lines of each icon, on a field of 16 by 16. */
const ICONS = {
  send: "M8 13V3M4 7l4-4 4 4",
  stop: "M4.5 4.5h7v7h-7z",
  attach: "M13 7.5l-5 5a3 3 0 0 1-4.3-4.3l5.5-5.4a2 2 0 0 1 2.9 2.9L6.7 11a1 1 0 0 1-1.4-1.4l4.6-4.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  insert: "M2.5 2.5h11v4h-11zM8 9v5M5.5 11.5h5",
  save: "M5.5 2.5c-2 0-1 3-1.5 4S2.5 8 2.5 8s1 .5 1.5 1.5-.5 4 1.5 4M10.5 2.5c2 0 1 3 1.5 4S13.5 8 13.5 8s-1 .5-1.5 1.5.5 4-1.5 4M6.5 8h3",
  edit: "M10.5 3L13 5.5l-7 7-3 .5.5-3z",
  again: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5",
  pin: "M6 2.5h4l-.5 4L12 9H4l2.5-2.5zM8 9v4.5",
  delete: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 9h6l.5-9",
  close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  left: "M10 4L6 8l4 4",
  right: "M6 4l4 4-4 4",
  done: "M3.5 8.5l3 3 6-7",
};

/**
 * Return an element with attributes, listeners (`onclick` is one for "click") and children.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {any}
 */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child != null && child !== false)));
  return element;
}

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Return a button that shows an icon and says its name.
 * @param {string} name
 * @param {string} label
 * @param {(event: Event) => void} onclick
 * @param {Record<string, any>} [more]
 */
function iconButton(name, label, onclick, more = {}) {
  const attributes = { type: "button", class: "kimi-icon", "aria-label": label, title: label, "data-key": label };
  return h("button", { ...attributes, onclick, ...more }, icon(name));
}

/**
 * Return a button of words.
 * @param {string} label
 * @param {(event: Event) => void} onclick
 * @param {Record<string, any>} [more]
 */
function textButton(label, onclick, more = {}) {
  return h("button", { type: "button", class: "kimi-button", "data-key": label, onclick, ...more }, label);
}

/** @param {Node} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<Element, string>} What each part of the page was drawn from. */
const drawn = new WeakMap();

/**
 * Draw a part anew where the facts that it shows have changed; the focus stays on the button that had it.
 * @param {HTMLElement} part
 * @param {any} facts
 * @param {() => (Node | string | null | false | undefined)[]} draw
 */
function redraw(part, facts, draw) {
  const key = JSON.stringify(facts);
  if (drawn.get(part) === key) return;
  drawn.set(part, key);
  const focused = part.querySelector(":focus")?.getAttribute("data-key");
  part.replaceChildren(.../** @type {Node[]} */ (draw().filter(Boolean)));
  if (focused) focusOn(part, focused);
}

/** @param {HTMLElement} part @param {string} key */
function focusOn(part, key) {
  const found = part.querySelector(`[data-key="${CSS.escape(key)}"]`);
  /** @type {HTMLElement | null} */ (found)?.focus();
}

/**
 * Let `parent` have exactly these children in this order, moving as few as possible.
 * @param {HTMLElement} parent
 * @param {Element[]} children
 */
function place(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
}

// --- safe HTML

const TAGS = new Set(
  ("a blockquote br code details div em h1 h2 h3 h4 h5 h6 hr img li ol p pre s span strong summary " +
    "table tbody td th thead tr ul").split(" "),
);
/** A picture that is in the page itself; nothing else is ever loaded. */
const PICTURE = /^data:image\/(png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/]+=*$/;
const CLASS = /^(language-[\w+#.-]{1,30}|kimi-answer|mathjax_ignore|tex2jax_ignore)$/;
const STYLE = /^\s*(color|background-color|margin|padding|text-align)\s*:[-\w\s#.,%()]*$/;

/**
 * Return the kernel's HTML as nodes, without anything that could run, load, or lead elsewhere than to the web. It is
 * taken apart in a document of its own, in which nothing runs and nothing loads.
 * @param {string} html
 * @returns {DocumentFragment}
 */
function safe(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const element of template.content.querySelectorAll("*")) {
    if (element instanceof SVGElement || !TAGS.has(element.localName)) element.remove();
    else clean(element);
  }
  for (const image of template.content.querySelectorAll("img:not([src])")) image.remove();
  for (const wide of template.content.querySelectorAll("table, pre")) wrap(/** @type {HTMLElement} */ (wide));
  return document.importNode(template.content, true);
}

/** @param {Element} element */
function clean(element) {
  for (const { name, value } of [...element.attributes]) {
    const kept = keptValue(element.localName, name, value);
    if (kept === null) element.removeAttribute(name);
    else if (kept !== value) element.setAttribute(name, kept);
  }
  if (element.localName !== "a" || !element.hasAttribute("href")) return;
  element.setAttribute("rel", "noopener noreferrer");
  element.setAttribute("target", "_blank");
}

/**
 * Return what of an attribute stays; null where it has to go.
 * @param {string} tag
 * @param {string} name
 * @param {string} value
 */
function keptValue(tag, name, value) {
  if (name === "href") return tag === "a" && /^(https?|mailto):/i.test(value) ? value : null;
  if (name === "src") return tag === "img" && PICTURE.test(value) ? value : null;
  if (name === "class") return value.split(/\s+/).filter((word) => CLASS.test(word)).join(" ") || null;
  if (name === "style") return value.split(";").filter((rule) => STYLE.test(rule)).join(";") || null;
  return ["title", "alt", "start", "dir", "open"].includes(name) ? value : null;
}

/** Let what is wide scroll in a box of its own, that the keyboard reaches. @param {HTMLElement} wide */
function wrap(wide) {
  const label = wide.localName === "pre" ? "Code" : "Table";
  const box = h("div", { class: "kimi-wide" });
  wide.replaceWith(box);
  box.append(h("div", { class: "kimi-scroll", tabindex: 0, role: "group", "aria-label": label }, wide));
}

// --- HTML that grows

const TAG = /<(\/?)([a-z][a-z0-9]*)(?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
const VOID = /^(br|hr|img)$/i;
/** @type {WeakMap<HTMLElement, Block[]>} The blocks that stand in a body. */
const standing = new WeakMap();

/**
 * Return the top-level elements of `html`, each with the text before it.
 * @param {string} html
 */
function split(html) {
  const blocks = [];
  let depth = 0;
  let start = 0;
  for (const { 0: tag, 1: closing, 2: name, index = 0 } of html.matchAll(TAG)) {
    if (!VOID.test(name)) depth = Math.max(0, depth + (closing ? -1 : 1));
    if (depth === 0) blocks.push(html.slice(start, (start = index + tag.length)));
  }
  if (start < html.length) blocks.push(html.slice(start));
  return blocks;
}

// --- sending and hints

/** Milliseconds after which a message that was not taken in is spoken of. */
const PATIENCE = 300;
const STOP_HINT = "The kernel cannot hear this while a cell runs: use the kernel's interrupt (■).";
const ASK_HINT = "The kernel is busy with a cell: this is asked when it is free.";
const OTHER_HINT = "The kernel is busy with a cell: this is done when it is free.";
const ASKING = new Set(["ask", "edit", "regenerate", "retry"]);

/** @param {string} source */
async function insertByCommand(source) {
  const app = /** @type {any} */ (window).jupyterapp;
  if (!app?.commands?.hasCommand("notebook:insert-cell-below")) return false;
  await app.commands.execute("notebook:insert-cell-below");
  const cell = app.shell.currentWidget?.content?.activeCell;
  cell?.model.sharedModel.setSource(source);
  return Boolean(cell);
}

// --- turns

/** @type {Record<string, string>} What is said of a turn by its state. */
const STATES = { undone: "Taken back: not sent", once: "Asked once: not part of the conversation" };

/** @param {Attachment} attachment */
function sent({ name, kind, note: about, thumb, warning }) {
  return [
    PICTURE.test(thumb) && h("img", { src: thumb, alt: "" }),
    h("bdi", { class: "kimi-name" }, name),
    h("span", { class: "kimi-muted" }, [kind, about].filter(Boolean).join(", ")),
    warning && h("span", { class: "kimi-warning" }, warning),
  ];
}

/** @param {Turn} turn */
function badges({ from_cell, pinned, stale, absent, state }) {
  const said = [
    from_cell && "From a cell",
    pinned && "Pinned",
    stale && "Asked before a change above",
    absent && "Not in the notebook's file: not sent",
    STATES[state],
  ];
  return said.filter(Boolean).map((text) => h("span", { class: "kimi-badge" }, text));
}

/** The thinking is open while it runs, and folds itself unless somebody took it in hand. @param {TurnView} view @param {Turn} turn @param {Live | null} live */
function drawThinking(view, turn, live) {
  const text = live?.thinking || turn.thinking;
  const runs = live?.phase === "thinking";
  view.thinking.hidden = !text;
  setText(view.thought, live?.thought || turn.thought || (runs ? "Thinking…" : "Thoughts"));
  setText(view.thoughts, text ?? "");
  if (!view.touched && view.thinking.open !== runs) view.thinking.open = runs;
}

// --- small questions within a turn

/**
 * Open a row of a turn that asks for something; its Cancel, and Escape, close it and give the focus back.
 * @param {TurnView} view
 * @param {string} key the button that opened it
 * @param {string} label
 * @param {HTMLElement[]} content
 * @param {() => void} act
 */
function openInline(view, key, label, content, act) {
  const close = () => {
    view.inline.replaceChildren();
    view.question.classList.remove("kimi-editing");
    focusOn(view.foot, key);
  };
  const submit = (event) => {
    event.preventDefault();
    act();
    close();
  };
  const onkeydown = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    close();
  };
  const form = h("form", { class: "kimi-form", "aria-label": label, onsubmit: submit, onkeydown, novalidate: true }, ...content);
  form.append(textButton("Cancel", close));
  view.inline.replaceChildren(form);
  form.querySelector("textarea, input, button").focus();
  return form;
}

// --- transcript

/** @param {string} label @param {string} text @param {HTMLElement} [button] */
function queued(label, text, button) {
  return h("li", {}, h("span", { class: "kimi-muted" }, label), h("span", { class: "kimi-name", dir: "auto" }, text), button);
}

// --- header

/**
 * Fill a selector; its values are the words, or where the words are others' their numbers.
 * @param {HTMLSelectElement} select
 * @param {string[][]} options
 * @param {number} current
 * @param {boolean} byNumber
 */
function drawOptions(select, options, current, byNumber) {
  redraw(select, options, () => options.map(([value, text], i) => h("option", { value: byNumber ? i : value }, text)));
  select.selectedIndex = current;
  select.title = options[current]?.[1] ?? "";
}

/**
 * Return the messages of the ways in which a model thinks, and their names.
 * @param {ModelFacts | undefined} facts
 * @returns {string[][]}
 */
function waysToThink(facts) {
  const can = facts?.thinking === "both" || facts?.thinking === "only";
  if (!facts || !can) return [];
  /** @param {boolean | null} think @param {string | null} effort */
  const way = (think, effort) => JSON.stringify({ think, effort });
  const ways = [[way(null, null), "Thinking: as it likes"]];
  if (facts.thinking === "both") ways.push([way(true, null), "Thinking: on"], [way(false, null), "Thinking: off"]);
  for (const effort of facts.efforts ?? []) ways.push([way(null, effort), `Thinking: ${effort}`]);
  return ways;
}

/** @param {{used?: number, context?: number | null, cost?: string, left_out?: number}} meter */
function meterText({ used = 0, context, cost, left_out: left = 0 }) {
  const count = (number) => Number(number).toLocaleString("en");
  const tokens = context ? `${count(used)} of ${count(context)} tokens` : used && `${count(used)} tokens`;
  const out = left && `${count(left)} older ${left === 1 ? "turn" : "turns"} left out`;
  return [tokens, cost, out].filter(Boolean).join(" · ");
}

// --- composer

/** Let a field be as high as its text, where the style sheet cannot. @param {HTMLTextAreaElement} area */
function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

// --- attachments

/** Bytes of the largest file that is handed over by the browser: Jupyter's server cuts the connection at 10 MiB. */
const LARGEST = 9_000_000;

/** @param {KeyboardEvent} event @param {HTMLElement} menu @param {() => void} close */
function onMenuKey(event, menu, close) {
  const items = /** @type {HTMLElement[]} */ ([...menu.children]);
  const at = items.findIndex((item) => item.matches(":focus"));
  /** @type {Record<string, number>} */
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key in to) items.at(to[event.key] % items.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
}

// --- suggestions

/** Python counts characters, JavaScript halves of some. @param {string} text @param {number} index */
const inPython = (text, index) => [...text.slice(0, index)].length;
/** @param {string} text @param {number} index */
const fromPython = (text, index) => [...text].slice(0, index).join("").length;

// --- the panel itself

/** @param {Event} event */
function isSave(event) {
  return event instanceof KeyboardEvent && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}

/** @type {WeakMap<Element, number>} How many panels live in an output. */
const living = new WeakMap();

/** One view of the conversation. */
class Panel {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.view = `kimi-${Math.random().toString(36).slice(2, 12)}`;
    this.n = 0;
    /** @type {Map<number, {act: string, text: string, late: boolean}>} Messages that the kernel has not taken in. */
    this.waiting = new Map();
    /** @type {(() => void)[]} What is done when the view goes. */
    this.ends = [];
    /** @type {Set<() => void>} What is drawn in the next frame. */
    this.dirty = new Set();
    this.frame = 0;
    /** @type {Map<string, TurnView>} */
    this.turns = new Map();
    /** @type {Map<string, {element: HTMLElement, body: HTMLElement}>} */
    this.reports = new Map();
    this.follows = true; // the end, until the reader goes up
    this.top = 0;
    this.widened = 0; // how many earlier turns there were when more were asked for
    /** @type {Suggestions | null} */
    this.menu = null;
    this.completing = 0;
    /** @type {string[]} */
    this.typed = [];
    this.recalled = 0;
    this.noted = "";
    this.build();
  }

  build() {
    // data-lm-suppress-shortcuts keeps JupyterLab's shortcuts away from what is typed here.
    this.root = h("section", { class: "kimi-panel", "aria-label": "Chat with Kimi", "data-lm-suppress-shortcuts": "true" });
    this.said = h("div", { class: "kimi-unseen", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.hint = h("div", { class: "kimi-hint", role: "status" });
    this.waits = h("ul", { class: "kimi-queue", "aria-label": "Questions that wait", hidden: true });
    const transcript = this.createTranscript();
    const composer = this.createComposer();
    this.root.append(this.createHeader(), transcript, this.waits, this.hint, composer, this.said);
    this.watch("turns live reports earlier", () => this.drawTranscript());
    this.watch("queue", () => this.drawQueue());
    this.listen("ack", () => this.onAck());
    this.keepKeys();
    this.acceptDrops();
  }

  // --- HTML that grows

  /**
   * Show `html` in `body`. Blocks that it begins with as before stay untouched, so that a long answer costs little to grow.

   * @param {HTMLElement} body
   * @param {string} html
   * @param {boolean} grows
   */
  show(body, html, grows) {
    const blocks = standing.get(body) ?? [];
    standing.set(body, blocks);
    let kept = 0;
    let offset = 0;
    for (; kept < blocks.length && html.startsWith(blocks[kept].source, offset); kept++) {
      offset += blocks[kept].source.length;
    }
    for (const block of blocks.splice(kept)) block.nodes.forEach((node) => node.remove());
    for (const source of split(html.slice(offset))) {
      const part = safe(source);
      blocks.push({ source, nodes: [...part.childNodes], finished: false });
      body.append(part);
    }
    for (const block of grows ? blocks.slice(0, -2) : blocks) this.finish(block);
  }

  /** Give a block that changes no more its buttons and its formulas. @param {Block} block */
  finish(block) {
    if (block.finished) return;
    block.finished = true;
    for (const node of block.nodes) {
      if (!(node instanceof HTMLElement)) continue;
      for (const pre of [...node.querySelectorAll("pre")]) this.addTools(pre);
      if (/[$\\]/.test(block.source)) this.typeset(node);
    }
  }

  /** @param {HTMLPreElement} pre */
  addTools(pre) {
    const code = () => pre.textContent ?? "";
    const tools = h(
      "div",
      { class: "kimi-tools" },
      iconButton("copy", "Copy this code", (event) => this.copy(code(), event)),
      iconButton("insert", "Insert this code into a cell below", (event) => this.insert(code(), event)),
    );
    pre.closest(".kimi-wide")?.append(tools);
  }

  /** Show formulas as the notebook shows them. @param {HTMLElement} element */
  typeset(element) {
    const typesetter = this.model.widget_manager?.rendermime?.latexTypesetter;
    if (typesetter) typesetter.typeset(element);
    else /** @type {any} */ (window).MathJax?.typesetPromise?.([element]);
  }

  // --- sending and hints

  /**
   * Tell the kernel what a person did, and return the message's number.

   * @param {string} act
   * @param {Record<string, any>} [what]
   * @param {ArrayBuffer[]} [buffers]
   */
  tell(act, what = {}, buffers) {
    const n = ++this.n;
    this.note("");
    if (act !== "complete") {
      this.waiting.set(n, { act, text: act === "ask" ? what.text : "", late: false });
      setTimeout(() => this.onLate(n), PATIENCE);
    }
    this.model.send({ view: this.view, n, do: act, ...what }, undefined, buffers);
    return n;
  }

  /** @param {number} n */
  onLate(n) {
    const sent = this.waiting.get(n);
    if (!sent) return;
    sent.late = true;
    this.drawHint();
    this.drawQueue();
  }

  /* */
  onAck() {
    const ack = this.model.get("ack");
    if (!ack || ack.view !== this.view) return;
    for (const n of [...this.waiting.keys()]) if (n <= ack.n) this.waiting.delete(n);
    this.drawHint();
    this.drawQueue();
  }

  /* */
  drawHint() {
    const late = [...this.waiting.values()].filter((sent) => sent.late).map((sent) => sent.act);
    const hint = late.includes("stop") ? STOP_HINT : late.some((act) => ASKING.has(act)) ? ASK_HINT : OTHER_HINT;
    setText(this.hint, late.length ? hint : this.noted);
  }

  /** Say something for the eyes and for a screen reader, until the next thing is done. @param {string} text */
  note(text) {
    this.noted = text;
    this.drawHint();
  }

  /**
   * Copy `text`; over plain HTTP browsers offer only the old way.

   * @param {string} text
   * @param {Event} event
   * @param {string} [said]
   */
  async copy(text, event, said = "Copied.") {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.copyTheOldWay(text);
      button.focus();
    }
    this.confirm(button, said);
  }

  /** @param {string} text */
  copyTheOldWay(text) {
    const area = h("textarea", { class: "kimi-unseen", "aria-label": "To copy" });
    area.value = text;
    this.root.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  /** Show on the button that it worked, and say so. @param {HTMLElement} button @param {string} said */
  confirm(button, said) {
    this.note(said);
    const before = button.firstElementChild;
    const done = icon("done");
    if (!before || button.classList.contains("kimi-done")) return;
    button.classList.add("kimi-done");
    before.replaceWith(done);
    setTimeout(() => {
      done.replaceWith(before);
      button.classList.remove("kimi-done");
    }, 1500);
  }

  /**
   * Insert `source` as a cell below this one where the front end lets us; else copy it.

   * @param {string} source
   * @param {Event} event
   */
  async insert(source, event) {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    if ((await insertByCommand(source)) || this.insertIntoDocument(source)) this.confirm(button, "Inserted into a cell below.");
    else await this.copy(source, /** @type {any} */ ({ currentTarget: button }), "Copied: paste it into a cell.");
  }

  /** JupyterLab keeps its application to itself, but hands its widgets the document. @param {string} source */
  insertIntoDocument(source) {
    const notebook = this.model.widget_manager?.context?.model?.sharedModel;
    if (!notebook?.insertCell) return false;
    const here = this.root.closest(".jp-Cell")?.getAttribute("data-windowed-list-index");
    notebook.insertCell(here ? Number(here) + 1 : notebook.cells.length, { cell_type: "code", source, metadata: {} });
    return true;
  }

  // --- turns

  /** @param {string} id @returns {TurnView} */
  createTurn(id) {
    const question = h("div", { class: "kimi-question" });
    const thought = h("summary");
    const thoughts = h("div", { class: "kimi-thoughts mathjax_ignore", dir: "auto" });
    const thinking = h("details", { class: "kimi-thinking" }, thought, thoughts);
    const body = h("div", { class: "kimi-body", dir: "auto" });
    const [marks, inline, foot] = ["marks", "inline", "foot"].map((name) => h("div", { class: `kimi-${name}` }));
    const element = h("article", { class: "kimi-turn" }, question, thinking, body, marks, inline, foot);
    const turn = /** @type {Turn} */ ({ id });
    const view = { element, question, thinking, thought, thoughts, body, marks, foot, inline, turn, touched: false, grew: false };
    thought.addEventListener("click", () => (view.touched = true));
    this.turns.set(id, view);
    return view;
  }

  /** @param {TurnView} view @param {Turn} turn @param {Live | null} live */
  drawTurn(view, turn, live) {
    view.turn = turn;
    const grows = turn.state === "asked";
    view.element.dataset.state = turn.state;
    view.element.classList.toggle("kimi-unsent", turn.absent || turn.state === "undone");
    view.element.setAttribute("aria-label", `Turn ${turn.number}`);
    const { html, text, thinking, ...facts } = turn;
    redraw(view.question, facts, () => this.question(view));
    drawThinking(view, turn, live);
    this.show(view.body, live?.html || turn.html, grows);
    redraw(view.marks, [turn.mark, turn.error, turn.state], () => this.marks(turn));
    const status = live?.status || turn.status || (grows ? "Waiting for the answer…" : "");
    redraw(view.foot, [facts, status], () => this.foot(view, status));
    if (view.grew && !grows) this.say(view);
    view.grew = grows;
  }

  /** @param {TurnView} view */
  question(view) {
    const { prompt, attachments, id } = view.turn;
    const chips = attachments.map((one) => h("li", { class: "kimi-chip" }, ...sent(one)));
    return [
      h("div", { class: "kimi-prompt mathjax_ignore", dir: "auto" }, prompt),
      chips.length > 0 && h("ul", { class: "kimi-chips", "aria-label": "Sent along" }, ...chips),
      h("div", { class: "kimi-badges" }, ...badges(view.turn), ...this.bringBack(view.turn), this.branches(id, view.turn.branch)),
    ];
  }

  /** @param {Turn} turn */
  bringBack({ id, absent, state }) {
    if (!absent && state !== "undone") return [];
    return [textButton("Bring back", () => this.tell("back", { id }))];
  }

  /** @param {string} id @param {[number, number] | null} branch */
  branches(id, branch) {
    if (!branch) return null;
    const [number, count] = branch;
    /** @param {string} name @param {string} label @param {number} to */
    const step = (name, label, to) =>
      iconButton(name, label, () => this.tell("branch", { id, to }), { disabled: to < 1 || to > count });
    return h(
      "span",
      { class: "kimi-branches", role: "group", "aria-label": "Versions of this question" },
      step("left", "Earlier version", number - 1),
      h("span", {}, `${number}/${count}`),
      step("right", "Later version", number + 1),
    );
  }

  /** @param {Turn} turn */
  marks({ id, mark, error, state }) {
    const retry = () => this.tell("retry", { id });
    return [
      mark && h("div", { class: "kimi-mark" }, mark),
      error &&
        h(
          "div",
          { class: "kimi-box kimi-error" },
          h("span", { dir: "auto" }, error),
          state !== "asked" && textButton("Retry", retry),
        ),
    ];
  }

  /** @param {TurnView} view @param {string} status */
  foot(view, status) {
    const { state, number } = view.turn;
    const label = `What to do with turn ${number}`;
    const line = h("div", { class: "kimi-status mathjax_ignore" }, state === "asked" && h("i", { class: "kimi-pulse" }), status);
    if (state === "asked") return [line];
    return [line, h("div", { class: "kimi-actions", role: "group", "aria-label": label }, ...this.actions(view))];
  }

  /** @param {TurnView} view */
  actions(view) {
    const { id, state, absent, text, pinned, code } = view.turn;
    const belongs = !absent && state !== "undone" && state !== "once";
    const all = () => view.turn.code.map(({ source }) => source.replace(/\n$/, "")).join("\n\n");
    return [
      text && iconButton("copy", "Copy the answer", (event) => this.copy(view.turn.text, event)),
      code?.length > 1 && iconButton("insert", "Insert all code into a cell below", (event) => this.insert(all(), event)),
      text && iconButton("save", "Save the answer to a variable", () => this.openSave(view)),
      belongs && iconButton("edit", "Edit the question and ask again", () => this.openEdit(view)),
      belongs && state !== "failed" && iconButton("again", "Ask again for another answer", () => this.tell("regenerate", { id })),
      belongs &&
        iconButton("pin", pinned ? "Unpin" : "Pin: always send this turn", () => this.tell("pin", { id, on: !pinned }), {
          "aria-pressed": String(pinned),
          "data-key": "pin",
        }),
      iconButton("delete", "Delete this turn", () => this.openDelete(view)),
    ];
  }

  /** Read a finished answer to those who listen, once. @param {TurnView} view */
  say({ element, turn, body }) {
    if (!element.isConnected || !this.root.offsetParent) return;
    const said = [body.textContent, turn.mark, turn.error].filter(Boolean).join(" ");
    this.said.textContent = `Kimi: ${said.slice(0, 5_000)}`;
  }

  // --- small questions within a turn

  /** @param {TurnView} view */
  openSave(view) {
    const name = h("input", { value: "answer", "aria-label": "Name of the variable", spellcheck: "false", size: 16 });
    const save = h("button", { class: "kimi-button" }, "Save");
    const check = () => {
      const isName = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name.value.trim());
      save.disabled = !isName;
      name.setAttribute("aria-invalid", String(!isName));
    };
    name.addEventListener("input", check);
    const act = () => this.tell("save", { id: view.turn.id, name: name.value.trim() });
    openInline(view, "Save the answer to a variable", "Save the answer", [h("span", {}, "Save as"), name, save], act);
    name.select();
  }

  /** @param {TurnView} view */
  openDelete(view) {
    const words = h("span", {}, "Delete this turn for good?");
    const sure = h("button", { class: "kimi-button kimi-danger" }, "Delete");
    const act = () => {
      this.tell("delete", { id: view.turn.id });
      this.input.focus();
    };
    openInline(view, "Delete this turn", "Delete this turn", [words, sure], act);
  }

  /** Edit the question where it stands: Enter asks it, Escape leaves it. @param {TurnView} view */
  openEdit(view) {
    const area = h("textarea", { "aria-label": "The question", dir: "auto", class: "kimi-grows" });
    const key = "Edit the question and ask again";
    area.value = view.turn.prompt;
    const act = () => {
      const text = area.value.trim();
      if (text) this.tell("edit", { id: view.turn.id, text });
    };
    const form = openInline(view, key, "Edit the question", [area, h("button", { class: "kimi-button" }, "Ask again")], act);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    area.addEventListener("input", () => grow(area));
    view.question.classList.add("kimi-editing");
    view.question.after(view.inline);
    grow(area);
  }

  // --- transcript

  /* */
  createTranscript() {
    const end = h("button", { type: "button", class: "kimi-new", hidden: true, onclick: () => this.toEnd() }, "↓ New");
    this.list = h("div", { class: "kimi-list" });
    this.end = end;
    this.log = h("div", { class: "kimi-log", role: "log", "aria-live": "off", "aria-label": "Conversation", tabindex: 0 }, this.list);
    this.log.addEventListener("scroll", () => this.onScroll(), { passive: true });
    const sizes = new ResizeObserver(() => this.follows && this.toEnd());
    sizes.observe(this.log);
    sizes.observe(this.list);
    this.ends.push(() => sizes.disconnect());
    return h("div", { class: "kimi-transcript-box" }, this.log, end);
  }

  /* */
  toEnd() {
    this.follows = true;
    this.end.hidden = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Follow the end until the reader goes up, and again when the reader is back at the end. */
  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const wentUp = scrollTop < this.top - 1;
    this.top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < 24) {
      this.follows = true;
      this.end.hidden = true;
    } else if (wentUp) this.follows = false;
    if (wentUp && scrollTop < 80) this.askEarlier();
  }

  /* */
  askEarlier() {
    const earlier = this.model.get("earlier");
    if (!earlier || this.widened === earlier) return;
    this.widened = earlier;
    this.tell("earlier");
  }

  /* */
  drawTranscript() {
    /** @type {Turn[]} */
    const turns = this.model.get("turns") ?? [];
    /** @type {Live | null} */
    const live = this.model.get("live");
    const first = this.list.querySelector(".kimi-turn");
    const before = first?.getBoundingClientRect().top ?? 0;
    const children = [this.earlierButton(), ...this.transcriptRows(turns, live)].filter((row) => row !== null);
    if (children.length === 0) children.push(this.welcome());
    place(this.list, children);
    this.forget(turns);
    if (first?.isConnected && !this.follows) this.keepPlace(first, before);
    if (!this.follows) this.end.hidden = false;
  }

  /** @param {Turn[]} turns @param {Live | null} live */
  transcriptRows(turns, live) {
    /** @type {Report[]} */
    const reports = this.model.get("reports") ?? [];
    const ids = new Set(turns.map(({ id }) => id));
    const rows = turns.flatMap((turn) => {
      const view = this.turns.get(turn.id) ?? this.createTurn(turn.id);
      this.drawTurn(view, turn, live?.id === turn.id ? live : null);
      return [view.element, ...reports.filter(({ after }) => after === turn.id).map((one) => this.drawReport(one))];
    });
    return [...rows, ...reports.filter(({ after }) => !ids.has(after)).map((one) => this.drawReport(one))];
  }

  /** @param {Report} report */
  drawReport({ id, kind, html }) {
    let view = this.reports.get(id);
    if (!view) {
      const body = h("div", { class: "kimi-body", dir: "auto" });
      const known = ["report", "error", "notice"].includes(kind) ? kind : "report";
      const label = { report: "What a command said", error: "Error", notice: "Notice" }[known];
      view = { body, element: h("section", { class: `kimi-box kimi-${known}`, "aria-label": label }, body) };
      this.reports.set(id, view);
      if (this.frame) this.said.textContent = `${label}: ${safe(html).textContent?.slice(0, 2_000)}`;
    }
    this.show(view.body, html, false);
    return view.element;
  }

  /* */
  earlierButton() {
    const earlier = this.model.get("earlier") ?? 0;
    if (!earlier) return null;
    const button = this.list.querySelector(".kimi-earlier") ?? textButton("", () => this.askEarlier(), { class: "kimi-button kimi-earlier" });
    setText(button, `Show earlier turns (${earlier.toLocaleString("en")})`);
    return button;
  }

  /* */
  welcome() {
    return (
      this.list.querySelector(".kimi-welcome") ??
      h(
        "div",
        { class: "kimi-welcome" },
        h("p", {}, "Ask Kimi about this notebook."),
        h("p", { class: "kimi-muted" }, "@name attaches a value, / gives the commands, Shift+Enter breaks the line."),
      )
    );
  }

  /** Let go of the views that the traits no longer have. @param {Turn[]} turns */
  forget(turns) {
    const ids = new Set(turns.map(({ id }) => id));
    const reports = new Set((this.model.get("reports") ?? []).map(({ id }) => id));
    for (const id of this.turns.keys()) if (!ids.has(id)) this.turns.delete(id);
    for (const id of this.reports.keys()) if (!reports.has(id)) this.reports.delete(id);
  }

  /**
   * Let the reader see the same after turns have come in above. The browser's own anchoring rests meanwhile.

   * @param {Element} first
   * @param {number} before
   */
  keepPlace(first, before) {
    const moved = first.getBoundingClientRect().top - before;
    if (Math.abs(moved) < 1) return;
    this.log.style.overflowAnchor = "none";
    this.log.scrollTop += moved;
    this.top = this.log.scrollTop;
    requestAnimationFrame(() => (this.log.style.overflowAnchor = ""));
  }

  /** Show the questions that wait: for their turn, and for a kernel that has not heard them. */
  drawQueue() {
    /** @type {{id: string, text: string}[]} */
    const queue = this.model.get("queue") ?? [];
    const unheard = [...this.waiting.values()].filter(({ act, late }) => act === "ask" && late).map(({ text }) => text);
    redraw(this.waits, [queue, unheard], () => [
      ...queue.map(({ id, text }) =>
        queued("Waits", text, iconButton("close", "Remove this question", () => this.tell("unqueue", { id }), { "data-key": id })),
      ),
      ...unheard.map((text) => queued("Not heard yet", text)),
    ]);
    this.waits.hidden = this.waits.childElementCount === 0;
  }

  // --- header

  /* */
  createHeader() {
    const conversations = h("select", { "aria-label": "Conversation", onchange: () => this.onChoose(conversations, name) });
    const models = h("select", { "aria-label": "Model", onchange: () => this.tell("model", { id: this.modelFacts()[models.value].id }) });
    const thinking = h("select", { "aria-label": "Thinking", onchange: () => this.tell("thinking", JSON.parse(thinking.value)) });
    const name = this.nameField(conversations);
    const bar = h("div", { class: "kimi-bar", role: "meter", "aria-label": "Context used", "aria-valuemin": 0 }, h("i"));
    const used = h("span", { class: "kimi-muted" });
    this.watch("about", () => this.drawSelectors(conversations, models, thinking));
    this.watch("meter", () => this.drawMeter(bar, used));
    return h(
      "header",
      { class: "kimi-header" },
      h("div", { class: "kimi-selectors" }, conversations, name, models, thinking),
      h("div", { class: "kimi-meter" }, bar, used),
    );
  }

  /** @returns {ModelFacts[]} */
  modelFacts() {
    return this.model.get("about")?.models ?? [];
  }

  /** @param {HTMLSelectElement} models @param {HTMLSelectElement} conversations @param {HTMLSelectElement} thinking */
  drawSelectors(conversations, models, thinking) {
    const about = this.model.get("about") ?? {};
    /** @type {{name: string, turns: number}[]} */
    const known = about.conversations ?? [];
    const shown = known.map(({ name, turns }) => [name, turns ? `${name} · ${turns.toLocaleString("en")}` : name]);
    drawOptions(conversations, [...shown, ["", "New conversation…"]], known.findIndex(({ name }) => name === about.conversation), true);
    const facts = this.modelFacts();
    const titles = facts.map(({ id, sees }) => [id, sees ? `${id} · sees ${sees}` : id]);
    const current = facts.findIndex(({ id }) => id === about.model);
    drawOptions(models, titles, current, true);
    const ways = waysToThink(facts[current]);
    const chosen = ways.findIndex(([way]) => way === JSON.stringify({ think: about.think ?? null, effort: about.effort ?? null }));
    drawOptions(thinking, ways, Math.max(0, chosen), false);
    thinking.hidden = ways.length < 2;
  }

  /** @param {HTMLSelectElement} select @param {HTMLInputElement} name */
  onChoose(select, name) {
    const known = this.model.get("about")?.conversations ?? [];
    const chosen = known[select.value];
    if (chosen) this.tell("choose", { conversation: chosen.name });
    name.hidden = Boolean(chosen);
    if (!chosen) name.focus();
  }

  /** The field that asks for a new conversation's name. @param {HTMLSelectElement} select */
  nameField(select) {
    const close = () => {
      name.hidden = true;
      name.value = "";
      const about = this.model.get("about") ?? {};
      select.selectedIndex = (about.conversations ?? []).findIndex((one) => one.name === about.conversation);
    };
    const onkeydown = (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      const conversation = name.value.trim();
      if (event.key === "Enter" && conversation) this.tell("choose", { conversation });
      close();
      (event.key === "Enter" ? this.input : select).focus();
    };
    const name = h("input", { hidden: true, size: 12, "aria-label": "Name of the new conversation", placeholder: "Name", onkeydown, onblur: close });
    return name;
  }

  /** @param {HTMLElement} bar @param {HTMLElement} used */
  drawMeter(bar, used) {
    const meter = this.model.get("meter") ?? {};
    const share = meter.context ? Math.min(1, meter.used / meter.context) : 0;
    const text = meterText(meter);
    bar.hidden = !meter.context;
    bar.setAttribute("aria-valuemax", meter.context || 1);
    bar.setAttribute("aria-valuenow", String(Math.min(meter.used || 0, meter.context || 1)));
    bar.setAttribute("aria-valuetext", text || "nothing");
    bar.classList.toggle("kimi-full", share > 0.9);
    /** @type {HTMLElement} */ (bar.firstElementChild).style.inlineSize = `${100 * share}%`;
    setText(used, text);
  }

  // --- composer

  /* */
  createComposer() {
    const chips = h("ul", { class: "kimi-chips", "aria-label": "Goes along with the next question" });
    const options = `${this.view}-options`;
    this.input = h("textarea", {
      class: "kimi-grows", rows: 1, dir: "auto", placeholder: "Ask Kimi…", "aria-label": "Question",
      "aria-autocomplete": "list", "aria-controls": options,
      oninput: () => this.onInput(), onkeydown: (event) => this.onKey(event),
      onblur: () => this.closeSuggestions(), onclick: () => this.suggest(),
      onpaste: (event) => this.onPaste(event),
    });
    this.options = h("ul", { class: "kimi-options", id: options, role: "listbox", "aria-label": "Suggestions", hidden: true });
    const stop = iconButton("stop", "Stop", () => this.stopNow(), { class: "kimi-icon kimi-stop" });
    const send = iconButton("send", "Send", () => this.ask(), { class: "kimi-icon kimi-send" });
    this.watch("chips", () => this.drawChips(chips));
    this.watch("completions", () => this.onCompletions());
    this.watch("live turns", () => {
      stop.hidden = !this.isGrowing();
      this.root.classList.toggle("kimi-busy", !stop.hidden);
    });
    const row = h("div", { class: "kimi-row" }, this.createAttach(), this.input, stop, send);
    return h("div", { class: "kimi-composer" }, this.options, chips, row);
  }

  /* */
  isGrowing() {
    return Boolean(this.model.get("live")) || (this.model.get("turns") ?? []).some((turn) => turn.state === "asked");
  }

  /* */
  stopNow() {
    this.tell("stop");
    this.input.focus();
  }

  /* */
  ask() {
    const text = this.input.value.trim();
    this.input.focus();
    if (!text) return;
    this.typed.push(text);
    this.setInput("");
    this.follows = true;
    this.toEnd();
    this.tell("ask", { text });
  }

  /** @param {string} text */
  setInput(text) {
    this.input.value = text;
    this.recalled = text ? this.recalled : 0;
    this.closeSuggestions();
    grow(this.input);
  }

  /* */
  onInput() {
    this.recalled = 0;
    grow(this.input);
    this.suggest();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const done = (this.menu && this.onSuggestionKey(event)) || this.onPlainKey(event);
    if (done) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  onPlainKey(event) {
    if (event.key === "Enter" && !event.shiftKey) this.ask();
    else if (event.key === "ArrowUp") return this.recall(1);
    else if (event.key === "ArrowDown") return this.recall(-1);
    else if (event.key === "Escape" && this.isGrowing()) this.stopNow();
    else return false;
    return true;
  }

  /** Go through the earlier questions, from an empty field. @param {number} step */
  recall(step) {
    if (!this.recalled && (this.input.value || step < 0)) return false;
    const asked = (this.model.get("turns") ?? []).map(({ prompt }) => prompt);
    const all = [...new Set([...asked, ...this.typed].reverse())];
    const to = Math.min(all.length, this.recalled + step);
    this.setInput(to > 0 ? all[to - 1] : "");
    this.recalled = to;
    return true;
  }

  /** @param {HTMLElement} part */
  drawChips(part) {
    /** @type {Chip[]} */
    const chips = this.model.get("chips") ?? [];
    redraw(part, chips, () =>
      chips.map((chip) => {
        const remove = () => (this.tell("detach", { id: chip.id }), this.input.focus());
        const label = `Remove ${chip.name}`;
        return h("li", { class: "kimi-chip" }, ...sent(chip), this.shareSelect(chip), iconButton("close", label, remove));
      }),
    );
    part.hidden = chips.length === 0;
  }

  /** @param {Chip} chip */
  shareSelect({ id, name, share }) {
    if (!share) return null;
    const onchange = () => this.tell("share", { id, level: select.value });
    const select = h("select", { "aria-label": `How much of ${name} is sent`, "data-key": `share ${id}`, onchange });
    select.append(...["schema", "stats", "sample", "all"].map((level) => h("option", { value: level }, level)));
    select.value = share;
    return select;
  }

  // --- attachments

  /* */
  createAttach() {
    const file = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to attach" });
    file.addEventListener("change", () => {
      this.attachFiles(file.files);
      file.value = "";
    });
    const close = () => {
      menu.hidden = true;
      button.setAttribute("aria-expanded", "false");
    };
    const toggle = () => {
      menu.hidden = !menu.hidden;
      button.setAttribute("aria-expanded", String(!menu.hidden));
      if (!menu.hidden) menu.firstElementChild.focus();
    };
    /** @param {string} label @param {() => void} act */
    const item = (label, act) => {
      const onclick = () => (close(), this.input.focus(), act());
      return h("button", { type: "button", role: "menuitem", tabindex: -1, onclick }, label);
    };
    const button = iconButton("attach", "Attach", toggle, { "aria-haspopup": "menu", "aria-expanded": "false" });
    const menu = h(
      "div",
      { class: "kimi-menu", role: "menu", "aria-label": "Attach", hidden: true },
      item("File…", () => file.click()),
      item("Last plot", () => this.tell("attach_plot")),
      item("Name… (@)", () => this.typeAt()),
    );
    menu.addEventListener("keydown", (event) => onMenuKey(event, menu, () => (close(), button.focus())));
    menu.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (!menu.contains(to) && !button.contains(to)) close();
    });
    return h("div", { class: "kimi-attach" }, button, menu, file);
  }

  /** Begin a name in the question. */
  typeAt() {
    const { input } = this;
    const before = input.value.slice(0, input.selectionStart);
    input.setRangeText(/\S$/.test(before) ? " @" : "@", input.selectionStart, input.selectionEnd, "end");
    this.onInput();
  }

  /** @param {FileList | null | undefined} files */
  attachFiles(files) {
    for (const file of files ?? []) this.attachFile(file);
  }

  /** @param {File} file */
  async attachFile(file) {
    if (file.size > LARGEST) {
      const size = Math.round(file.size / 1e6);
      this.note(`${file.name} has ${size} MB, and a browser can hand over 9: put it beside the notebook, and attach it with @ and its path.`);
      return;
    }
    const bytes = await file.arrayBuffer();
    this.tell("attach_file", { name: file.name, mime: file.type }, [bytes]);
  }

  /** Take files that are pasted; where text comes with them, as from a spreadsheet, the text is meant. @param {ClipboardEvent} event */
  onPaste(event) {
    const data = event.clipboardData;
    if (!data?.files.length || data.types.includes("text/plain")) return;
    event.preventDefault();
    this.attachFiles(data.files);
  }

  /* */
  acceptDrops() {
    const { root } = this;
    const carriesFiles = (event) => Boolean(event.dataTransfer?.types.includes("Files"));
    /** @param {string} name @param {(event: DragEvent) => void} act */
    const on = (name, act) =>
      root.addEventListener(name, (event) => {
        const drag = /** @type {DragEvent} */ (event);
        if (!carriesFiles(drag)) return;
        drag.preventDefault();
        drag.stopPropagation();
        act(drag);
      });
    on("dragover", () => root.classList.add("kimi-drop"));
    on("dragleave", (event) => {
      if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) root.classList.remove("kimi-drop");
    });
    on("drop", (event) => {
      root.classList.remove("kimi-drop");
      this.attachFiles(event.dataTransfer?.files);
    });
  }

  // --- suggestions

  /** Offer what can stand at the cursor: commands at once, names as soon as the kernel tells them. */
  suggest() {
    const { value, selectionStart: at } = this.input;
    const before = value.slice(0, at);
    this.completing = 0;
    if (/^\/\S*$/.test(before)) return this.openSuggestions(this.commands(before), 0, at, false);
    if (/(^|[\s([{,])@[^\s@]*$/.test(before)) this.completing = this.tell("complete", { text: value, cursor: inPython(value, at) });
    else this.closeSuggestions();
  }

  /** @param {string} before @returns {Suggestion[]} */
  commands(before) {
    /** @type {{name: string, argument: string, help: string}[]} */
    const known = this.model.get("about")?.commands ?? [];
    return known
      .filter(({ name }) => name.startsWith(before))
      .map(({ name, argument, help }) => ({ text: name, kind: argument, note: help }));
  }

  /* */
  onCompletions() {
    const found = this.model.get("completions");
    if (!this.completing || found?.n !== this.completing || (found.view ?? this.view) !== this.view) return;
    const { value, selectionStart } = this.input;
    this.openSuggestions(found.items, fromPython(value, found.from), selectionStart, true);
  }

  /**

   * @param {Suggestion[]} items
   * @param {number} from
   * @param {number} to
   * @param {boolean} attaches
   */
  openSuggestions(items, from, to, attaches) {
    if (!items.length) return this.closeSuggestions();
    this.menu = { items, from, to, active: 0, attaches };
    this.options.replaceChildren(...items.map((item, i) => this.suggestion(item, i)));
    this.options.hidden = false;
    this.activate(0);
    setText(this.said, `${items.length} suggestions`);
  }

  /** @param {Suggestion} item @param {number} i */
  suggestion({ text, kind, note: about }, i) {
    const onpointerdown = (event) => event.preventDefault(); // the focus stays in the question
    const onclick = () => this.accept(i);
    const parts = [h("bdi", { class: "kimi-name" }, text), h("span", { class: "kimi-muted" }, kind), h("span", { class: "kimi-muted" }, about)];
    return h("li", { role: "option", id: `${this.options.id}-${i}`, onpointerdown, onclick }, ...parts);
  }

  /** @param {number} to */
  activate(to) {
    const rows = [...this.options.children];
    if (!this.menu) return;
    this.menu.active = (to + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === this.menu?.active)));
    const active = rows[this.menu.active];
    active.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", active.id);
  }

  /* */
  closeSuggestions() {
    this.menu = null;
    this.completing = 0;
    this.options.hidden = true;
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  onSuggestionKey(event) {
    const menu = /** @type {Suggestions} */ (this.menu);
    if (event.key === "ArrowDown") this.activate(menu.active + 1);
    else if (event.key === "ArrowUp") this.activate(menu.active - 1);
    else if (event.key === "Escape") this.closeSuggestions();
    else if (event.key === "Tab" && !event.shiftKey) this.accept(menu.active);
    else if (event.key === "Enter" && !event.shiftKey && !this.isWhole(menu)) this.accept(menu.active);
    else return false;
    return true;
  }

  /** Whether the command is typed out, so that Enter sends it. @param {Suggestions} menu */
  isWhole(menu) {
    return !menu.attaches && this.input.value.slice(menu.from, menu.to) === menu.items[menu.active].text;
  }

  /** Take a suggestion: a command is written out, a name becomes a chip and stays as a word, a folder goes on. @param {number} i */
  accept(i) {
    const menu = /** @type {Suggestions} */ (this.menu);
    const { text, kind } = menu.items[i];
    const { input } = this;
    this.closeSuggestions();
    if (!menu.attaches) return input.setRangeText(kind ? `${text} ` : text, menu.from, menu.to, "end");
    const name = text.replace(/^@/, "");
    const from = input.value[menu.from] !== "@" && input.value[menu.from - 1] === "@" ? menu.from - 1 : menu.from;
    if (name.endsWith("/")) {
      input.setRangeText(`@${name}`, from, menu.to, "end");
      return this.suggest();
    }
    input.setRangeText(`${name} `, from, menu.to, "end");
    this.tell("attach", { name });
  }

  // --- the panel itself

  /**
   * Draw now, and again in the next frame after any of the traits `names` has changed.

   * @param {string} names
   * @param {() => void} draw
   */
  watch(names, draw) {
    const mark = () => {
      this.dirty.add(draw);
      this.frame ||= requestAnimationFrame(() => this.flush());
    };
    for (const name of names.split(" ")) this.listen(name, mark);
    draw();
  }

  /** @param {string} name @param {() => void} call */
  listen(name, call) {
    this.model.on(`change:${name}`, call);
    this.ends.push(() => this.model.off(`change:${name}`, call));
  }

  /* */
  flush() {
    for (const draw of this.dirty) draw();
    this.dirty.clear();
    this.frame = 0;
  }

  /** @param {HTMLElement} el */
  settle(el) {
    this.hideTranscript(el);
    this.fillSide(el);
  }

  close() {
    cancelAnimationFrame(this.frame);
    for (const end of this.ends.splice(0)) end();
    this.root.remove();
  }

  /** Keep keys to the panel, but for saving the notebook. */
  keepKeys() {
    const { root, ends } = this;
    for (const name of ["keydown", "keyup", "keypress", "paste", "copy", "cut", "dblclick", "contextmenu"]) {
      root.addEventListener(name, (event) => !isSave(event) && event.stopPropagation());
    }
    const onWindow = (event) => {
      if (!root.contains(/** @type {Node} */ (event.target))) return;
      if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
      else root.setAttribute("data-lm-suppress-shortcuts", "true");
    };
    window.addEventListener("keydown", onWindow, true);
    ends.push(() => window.removeEventListener("keydown", onWindow, true));
  }

  /** Hide the transcript for readers without a kernel while the panel lives. @param {HTMLElement} el */
  hideTranscript(el) {
    const area = el.closest(".jp-OutputArea") ?? el.closest(".cell_container, .output_wrapper") ?? el.parentElement;
    if (!area) return;
    const count = (by) => {
      living.set(area, (living.get(area) ?? 0) + by);
      area.classList.toggle("kimi-lives", Boolean(living.get(area)));
    };
    count(1);
    this.ends.push(() => count(-1));
  }

  /** Fill a side area, which has a height of its own. @param {HTMLElement} el */
  fillSide(el) {
    const { root, ends } = this;
    const side = el.closest(".jp-Cell") ? null : el.closest(".lm-DockPanel-widget, .lm-StackedPanel-child");
    if (!side) return;
    root.classList.add("kimi-fills");
    const sizes = new ResizeObserver(() => {
      const above = root.getBoundingClientRect().top - side.getBoundingClientRect().top + side.scrollTop;
      root.style.height = `${Math.max(240, side.clientHeight - above - 8)}px`;
    });
    sizes.observe(side);
    ends.push(() => sizes.disconnect());
  }
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const panel = new Panel(model);
  el.append(panel.root);
  // Where it stands in the page is known when it stands there.
  requestAnimationFrame(() => panel.settle(el));
  return () => panel.close();
}

export default { render };
