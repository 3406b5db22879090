/**
 * The chat panel's front end, an anywidget view. Truth is in the model's traits: this draws them, and sends what a person
 * does. What others wrote becomes text; HTML comes from the kernel, and passes `safe` once more. Nothing is loaded.
 */

/**
 * @typedef {{name: string, kind: string, note: string, thumb: string, warning: string, id?: string, share?: string}} Chip
 * @typedef {{id: string, number: number, prompt: string, html: string, text: string, thinking: string, thought: string,
 *   command: string, status: string, state: string, mark: string, error: string, attachments: Chip[], pinned: boolean,
 *   absent: boolean, badges: string[], branch: [number, number] | null,
 *   code: {language: string, source: string}[], calls: string}} Turn
 * @typedef {{id: string, name: string, html: string, label: string, text: string,
 *   always: boolean, note: string}} Asked a call that waits for consent
 * @typedef {{id: string, html: string, thinking: string, thought: string, status: string, phase: string}} Live
 * @typedef {{id: string, after: string, kind: string, html: string}} Report
 * @typedef {{text: string, kind: string, note: string}} Suggestion
 * @typedef {any} Model anywidget's: get, on, off, send, widget_manager
 * @typedef {ReturnType<Panel["createTurn"]>} TurnView
 * @typedef {{source: string, nodes: ChildNode[], finished: boolean}} Block
 * @typedef {{items: Suggestion[], from: number, to: number, active: number, attaches: boolean}} Suggestions
 */

// --- elements

/** @type {Record<string, string>} The lines of each icon, on a field of 16 by 16. */
const ICONS = {
	send: "M8 13V3M4 7l4-4 4 4",
	stop: "M4.5 4.5h7v7h-7z",
	attach: "M13 7.5l-5 5a3 3 0 0 1-4.3-4.3l5.5-5.4a2 2 0 0 1 2.9 2.9L6.7 11a1 1 0 0 1-1.4-1.4l4.6-4.5",
	copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
	insert: "M2.5 2.5h11v4h-11zM8 9v5M5.5 11.5h5",
	save: "M3 3h8l2 2v8H3zM5.5 3v3.5h4V3M5.5 13V9h5v4",
	edit: "M10.5 3L13 5.5l-7 7-3 .5.5-3z",
	again: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5",
	pin: "M6 2.5h4l-.5 4L12 9H4l2.5-2.5zM8 9v4.5",
	delete: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 9h6l.5-9",
	close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
	left: "M10 4L6 8l4 4",
	right: "M6 4l4 4-4 4",
};

/** Set attributes and listeners (`onclick` is one for "click"). @param {any} element @param {Record<string, any>} attributes */
function set(element, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(name.slice(2), value);
		else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value));
	}
}

/**
 * Return an element such as "div.class" with attributes and children.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...any} children @returns {any}
 */
function h(tag, attributes = {}, ...children) {
	const [name, ...classes] = tag.split(".");
	const element = document.createElement(name);
	if (classes.length) element.className = classes.join(" ");
	set(element, attributes);
	element.append(...children.filter((child) => child != null && child !== false));
	return element;
}

/** @param {string} name */
function icon(name) {
	const template = h("template");
	template.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
	return template.content.firstChild;
}

/**
 * Return a button that shows an icon and says its name.
 * @param {string} name @param {string} label @param {(event: Event) => void} onclick @param {Record<string, any>} [more]
 */
function iconButton(name, label, onclick, more = {}) {
	const attributes = { type: "button", "aria-label": label, title: label, "data-key": name };
	return h("button.k-icon", { ...attributes, onclick, ...more }, icon(name));
}

/** Return a button of words. @param {string} label @param {(event: any) => void} onclick */
function textButton(label, onclick) {
	return h("button.k-button", { type: "button", "data-key": label, onclick }, label);
}

/** @param {Node} element @param {string} text */
function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<Element, string>} What each part of the page was drawn from. */
const drawn = new WeakMap();

/**
 * Draw a part anew where its facts have changed; the focus stays on the button that had it.
 * @param {HTMLElement} part @param {any} facts @param {() => any[]} draw
 */
function redraw(part, facts, draw) {
	const key = JSON.stringify(facts);
	if (drawn.get(part) === key) return;
	drawn.set(part, key);
	const focused = part.querySelector(":focus")?.getAttribute("data-key");
	part.replaceChildren(...draw().filter(Boolean));
	if (focused) focusOn(part, focused);
}

/** @param {HTMLElement} part @param {string} key */
function focusOn(part, key) {
	/** @type {any} */ (part.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
}

/**
 * Let `parent` have exactly these children in this order, moving as few as possible.
 * @param {HTMLElement} parent @param {Element[]} children
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
const CLASS = /^(language-[\w+#.-]{1,30}|kimi-(answer|call)|mathjax_ignore|tex2jax_ignore)$/;
const STYLE = /^\s*(color|background-color|border-left|margin|padding|text-align)\s*:[-\w\s#.,%()]*$/;

/**
 * Return HTML as nodes, without anything that could run, load, or lead elsewhere than to the web. It is taken apart in
 * a document of its own, in which nothing runs and nothing loads.
 * @param {string} html @returns {DocumentFragment}
 */
function safe(html) {
	const template = document.createElement("template");
	template.innerHTML = html;
	for (const element of template.content.querySelectorAll("*")) {
		if (element instanceof SVGElement || !TAGS.has(element.localName)) element.remove();
		else clean(element);
	}
	for (const image of template.content.querySelectorAll("img:not([src])")) image.remove();
	for (const wide of template.content.querySelectorAll("table, pre")) wrap(wide);
	return template.content;
}

/** @param {Element} element */
function clean(element) {
	for (const { name, value } of [...element.attributes]) {
		const kept = keptValue(element.localName, name, value);
		if (kept === null) element.removeAttribute(name);
		else if (kept !== value) element.setAttribute(name, kept);
	}
	if (element.localName !== "a" || !element.hasAttribute("href")) return;
	set(element, { rel: "noopener noreferrer", target: "_blank" });
}

/**
 * Return what of an attribute stays; null where it has to go.
 * @param {string} tag @param {string} name @param {string} value
 */
function keptValue(tag, name, value) {
	if (name === "href") return tag === "a" && /^(https?|mailto):/i.test(value) ? value : null;
	if (name === "src") return tag === "img" && PICTURE.test(value) ? value : null;
	if (name === "class") return value.split(/\s+/).filter((word) => CLASS.test(word)).join(" ") || null;
	if (name === "style") return value.split(";").filter((rule) => STYLE.test(rule)).join(";") || null;
	return ["title", "alt", "start", "dir", "open"].includes(name) ? value : null;
}

/** Let what is wide scroll in a box that the keyboard reaches. @param {Element} wide */
function wrap(wide) {
	const label = wide.localName === "pre" ? "Code" : "Table";
	const box = h("div.k-wide");
	wide.replaceWith(box);
	const dir = label === "Code" && "ltr";
	box.append(h("div.k-scroll", { tabindex: 0, role: "group", "aria-label": label, dir }, wide));
}

// --- HTML that grows

const TAG = /<(\/?)([a-z][a-z0-9]*)(?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
const VOID = /^(br|hr|img)$/i;
/** @type {WeakMap<HTMLElement, Block[]>} The blocks that stand in a body. */
const standing = new WeakMap();

/** Return the top-level elements of `html`, each with the text before it. @param {string} html */
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

/** Milliseconds after which a message that was not taken in is spoken of. */
const PATIENCE = 300;
const STOP_HINT = "The kernel cannot hear this while a cell runs: use the kernel's interrupt (■).";
const BUSY_HINT = "The kernel is busy with a cell: this waits until it is free.";
const GONE = "The kernel has ended or begun anew: run the %kimi /chat cell again to go on.";

/** @param {Chip} attachment */
function sent({ name, kind, note: about, thumb, warning }) {
	return [
		PICTURE.test(thumb) && h("img", { src: thumb, alt: "" }),
		h("bdi.k-name", {}, name),
		h("span.k-muted", {}, [kind, about].filter(Boolean).join(", ")),
		warning && h("span.k-warning", {}, warning),
	];
}

/**
 * The thinking is open while it runs, and folds itself unless somebody took it in hand.
 * @param {TurnView} view @param {Turn} turn @param {Live | null} live
 */
function drawThinking(view, turn, live) {
	const text = live?.thinking || turn.thinking;
	const runs = live?.phase === "thinking";
	view.thinking.hidden = !text;
	setText(view.thought, live?.thought || turn.thought || (runs ? "Thinking…" : "Thoughts"));
	setText(view.thoughts, text ?? "");
	if (!view.touched && view.thinking.open !== runs) view.thinking.open = runs;
}

/**
 * Open a row of a turn that asks for something; Cancel and Escape close it and give the focus back.
 * @param {any} view @param {string} key of the button that opened it @param {string} label
 * @param {any[]} content @param {() => void} act
 */
function openInline(view, key, label, content, act) {
	const close = () => {
		view.inline.replaceChildren();
		focusOn(view.foot, key);
	};
	const onsubmit = (event) => (event.preventDefault(), close(), act());
	const onkeydown = ({ key, isComposing }) => key === "Escape" && !isComposing && close();
	const attributes = { "aria-label": label, onsubmit, onkeydown };
	view.inline.replaceChildren(h("form.k-form", attributes, ...content, textButton("Cancel", close)));
	view.foot.before(view.inline);
}

/** @param {string} label @param {string} text @param {HTMLElement} [button] */
function queued(label, text, button) {
	return h("li", {}, h("span.k-muted", {}, label), h("span.k-name", { dir: "auto" }, text), button);
}

const numbered = (words) => words.map((word, i) => [String(i), word]);

/** @param {HTMLSelectElement} select @param {string[][]} options values and words @param {number} current */
function drawOptions(select, options, current) {
	redraw(select, options, () => options.map(([value, text]) => h("option", { value }, text)));
	select.selectedIndex = current;
	select.title = options[current]?.[1] ?? "";
}

/** Make a field as high as its text, where the style sheet cannot. @param {HTMLTextAreaElement} area */
function grow(area) {
	if (CSS.supports("field-sizing", "content")) return;
	area.style.height = "auto";
	area.style.height = `${area.scrollHeight + 2}px`;
}

/** Bytes of the largest file that can be attached, and of a piece of it. */
const MOST = 100_000_000;
const PIECE = 4_000_000;

/** @param {KeyboardEvent} event @param {HTMLElement} menu @param {() => void} close */
function onMenuKey(event, menu, close) {
	/** @type {any[]} */
	const items = [...menu.children];
	const at = items.findIndex((item) => item.matches(":focus"));
	/** @type {Record<string, number>} */
	const to = { ArrowDown: at + 1, ArrowUp: at - 1 };
	if (event.key in to) items.at(to[event.key] % items.length)?.focus();
	else if (event.key === "Escape" || event.key === "Tab") close();
	else return;
	event.preventDefault();
}

/** @param {any} event */
function isSave({ ctrlKey, metaKey, key }) {
	return (ctrlKey || metaKey) && key?.toLowerCase() === "s";
}

/** One view of the conversation. */
class Panel {
	view = `kimi-${Math.random().toString(36).slice(2, 12)}`;
	n = 0;
	waiting = new Map(); // messages that the kernel has not taken in, by number
	ends = []; // what is done when the view goes
	draws = []; // what is drawn again when the traits change
	frame = 0;
	turns = new Map(); // their views, by id
	reports = new Map();
	follows = true; // the end, until the reader goes up
	top = 0;
	widened = 0; // how many earlier turns there were when more were asked for
	menu = null; // the suggestions that are open
	completing = 0;
	typed = [];
	recalled = 0;
	source = ""; // what was recalled
	noted = "";

	/** @param {Model} model */
	constructor(model) {
		this.model = model;
		// data-lm-suppress-shortcuts keeps JupyterLab's shortcuts away.
		this.root = h("section.kimi-panel", { "aria-label": "Chat with Kimi", "data-lm-suppress-shortcuts": "true" });
		this.said = h("div.k-unseen", { role: "status" });
		this.hint = h("div.k-hint", { role: "status" });
		this.waits = h("ul.k-queue", { "aria-label": "Questions that wait" });
		const transcript = this.createTranscript();
		const composer = this.createComposer();
		const consent = h("div.k-consent");
		this.root.append(this.createHeader(), transcript, consent, this.waits, this.hint, composer, this.said);
		this.watch(() => this.drawConsent(consent));
		this.watch(() => this.drawTranscript());
		this.watch(() => this.drawQueue());
		this.watch(() => this.drawHint());
		const onChange = () => this.onChange();
		this.model.on("change", onChange);
		this.ends.push(() => this.model.off("change", onChange));
		this.keepKeys();
		this.acceptDrops();
		this.opened = true;
	}

	/**
	 * Show `html` in `body`. Blocks that it begins with as before stay untouched, so that a long answer costs little to grow.
	 * @param {HTMLElement} body @param {string} html @param {boolean} grows
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
			for (const pre of node.querySelectorAll("pre")) this.addTools(pre);
			if (/[$\\]/.test(block.source)) this.typeset(node);
		}
	}

	/** @param {HTMLPreElement} pre */
	addTools(pre) {
		const code = () => pre.textContent ?? "";
		const isOther = /^language-(?!i?py(thon)?3?$)/i.test(pre.firstElementChild?.className ?? "");
		const tools = h("div.k-tools", {},
			iconButton("copy", "Copy this code", (event) => this.copy(code(), event)),
			!isOther && iconButton("insert", "Insert this code into a cell below", (event) => this.insert(code(), event)),
		);
		pre.closest(".k-wide")?.append(tools);
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
	 * @param {string} act @param {Record<string, any>} [what] @param {ArrayBuffer[]} [buffers]
	 */
	tell(act, what = {}, buffers) {
		const n = ++this.n;
		this.note("");
		if (act !== "complete") {
			this.waiting.set(n, { act, text: what.text, late: false });
			setTimeout(() => this.onLate(n), PATIENCE);
		}
		try {
			this.model.send({ view: this.view, n, do: act, ...what }, undefined, buffers);
		} catch {
			this.waiting.delete(n);
			this.note(GONE);
			if (act === "ask") this.setInput(what.text);
		}
		return n;
	}

	/** @param {number} n */
	onLate(n) {
		const sent = this.waiting.get(n);
		if (!sent) return;
		sent.late = true;
		this.onChange();
	}

	drawHint() {
		const late = [...this.waiting.values()].filter((sent) => sent.late);
		const hint = late.some(({ act }) => act === "stop") ? STOP_HINT : BUSY_HINT;
		setText(this.hint, late.length ? hint : this.noted);
	}

	/** Say something until the next thing is done. @param {string} text */
	note(text) {
		this.noted = text;
		this.drawHint();
	}

	/**
	 * Copy `text`; over plain HTTP browsers offer only the old way.
	 * @param {string} text @param {Event} event @param {string} [said]
	 */
	async copy(text, event, said = "Copied.") {
		/** @type {any} */
		const button = event.currentTarget;
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
		const area = h("textarea.k-unseen", { "aria-label": "To copy" });
		area.value = text;
		this.root.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}

	/** Show on the button that it worked, and say so. @param {any} button @param {string} said */
	confirm(button, said) {
		this.note(said);
		button.classList.add("k-done");
		setTimeout(() => button.classList.remove("k-done"), 1500);
	}

	/** Insert a cell below this one where the front end lets us; else copy. @param {string} source @param {Event} event */
	insert(source, event) {
		// JupyterLab keeps its application to itself, but hands its widgets the document.
		const notebook = this.model.widget_manager?.context?.model?.sharedModel;
		if (!notebook?.insertCell) return this.copy(source, event, "Copied: paste it into a cell.");
		const here = this.root.closest(".jp-Cell")?.getAttribute("data-windowed-list-index");
		notebook.insertCell(here ? Number(here) + 1 : notebook.cells.length, { cell_type: "code", source, metadata: {} });
		this.confirm(event.currentTarget, "Inserted into a cell below.");
	}

	// --- turns

	/** @param {string} id */
	createTurn(id) {
		const question = h("div.k-question");
		const thought = h("summary");
		const thoughts = h("div.k-thoughts.mathjax_ignore", { dir: "auto" });
		const thinking = h("details.k-thinking", {}, thought, thoughts);
		const [calls, body] = ["calls", "body"].map((name) => h(`div.k-text.k-${name}`, { dir: "auto" }));
		const [marks, inline, foot] = ["marks", "inline", "foot"].map((name) => h(`div.k-${name}`));
		const element = h("article.k-turn", {}, question, calls, thinking, body, marks, inline, foot);
		const turn = /** @type {Turn} */ ({ id });
		const view = {
			element, question, calls, thinking, thought, thoughts, body, marks, foot, inline,
			turn, live: null, called: "", touched: false, grew: false,
		};
		thought.addEventListener("click", () => (view.touched = true));
		this.turns.set(id, view);
		return view;
	}

	/** @param {TurnView} view @param {Turn} turn @param {Live | null} live */
	drawTurn(view, turn, live) {
		const called = live ? this.model.get("calls") : turn.calls;
		if (view.turn === turn && view.live === live && view.called === called) return;
		Object.assign(view, { turn, live, called });
		const grows = turn.state === "asked";
		view.element.dataset.state = turn.state;
		view.element.classList.toggle("k-unsent", turn.absent || turn.state === "undone");
		view.element.setAttribute("aria-label", `Turn ${turn.number}`);
		const { html, text, thinking, calls, ...others } = turn;
		const facts = [others, Boolean(text)];
		redraw(view.question, facts, () => this.question(view));
		drawThinking(view, turn, live);
		this.show(view.calls, called ?? "", grows);
		this.show(view.body, (live && this.model.get("grown") + live.html) || turn.html, grows);
		redraw(view.marks, [turn.mark, turn.error, turn.state], () => this.marks(turn));
		const status = live?.status || turn.status || (grows ? "Waiting for the answer…" : "");
		redraw(view.foot, [facts, status], () => this.foot(view, status));
		if (view.grew && !grows) this.say(view);
		view.grew = grows;
	}

	/** @param {TurnView} view */
	question(view) {
		const { command, prompt, attachments, id, badges, absent, state, branch } = view.turn;
		const chips = attachments.map((one) => h("li.k-chip", {}, ...sent(one)));
		const words = (tag, text) => h(`${tag}.mathjax_ignore`, { dir: "auto" }, text);
		const asked = words("div.k-prompt", prompt);
		return [
			command ? h("details", {}, words("summary", command), asked) : asked,
			chips.length > 0 && h("ul.k-chips", { "aria-label": "Sent along" }, ...chips),
			h("div.k-badges", {},
				...badges.map((text) => h("span.k-badge", {}, text)),
				(absent || state === "undone") && textButton("Bring back", () => this.tell("back", { id })),
				this.branches(id, branch),
			),
		];
	}

	/** @param {string} id @param {[number, number] | null} branch */
	branches(id, branch) {
		if (!branch) return null;
		const [number, count] = branch;
		const step = (name, label, to) =>
			iconButton(name, label, () => this.tell("branch", { id, to }), { disabled: to < 1 || to > count });
		return h("span.k-branches", { role: "group", "aria-label": "Versions of this question" },
			step("left", "Earlier version", number - 1),
			h("span", {}, `${number}/${count}`),
			step("right", "Later version", number + 1),
		);
	}

	/** @param {Turn} turn */
	marks({ id, mark, error, state }) {
		const retry = state !== "asked" && textButton("Retry", () => this.tell("retry", { id }));
		return [
			mark && h("div.k-mark", {}, mark),
			error && h("div.k-box.k-error", { dir: "auto" }, error, retry),
		];
	}

	/** @param {TurnView} view @param {string} status */
	foot(view, status) {
		const { state, number } = view.turn;
		const row = { role: "group", "aria-label": `Actions of turn ${number}` };
		const line = h("div.k-status.mathjax_ignore", {}, state === "asked" && h("i.k-pulse"), status);
		return [line, state !== "asked" && h("div.k-actions", row, ...this.actions(view))];
	}

	/** @param {TurnView} view */
	actions(view) {
		const { id, state, absent, text, pinned, code } = view.turn;
		const belongs = !absent && state !== "undone" && state !== "once";
		const again = () => this.tell("regenerate", { id });
		const all = () => view.turn.code.map(({ source }) => source.replace(/\n$/, "")).join("\n\n");
		return [
			text && iconButton("copy", "Copy the answer", (event) => this.copy(view.turn.text, event)),
			code?.length > 1 && iconButton("insert", "Insert all code into a cell below", (event) => this.insert(all(), event)),
			text && iconButton("save", "Save the answer to a variable", () => this.openSave(view)),
			belongs && iconButton("edit", "Edit the question and ask again", () => this.openEdit(view)),
			belongs && state !== "failed" && iconButton("again", "Ask again for another answer", again),
			belongs &&
				iconButton("pin", pinned ? "Unpin" : "Pin: always send this turn", () => this.tell("pin", { id, on: !pinned }), {
					"aria-pressed": String(pinned),
				}),
			iconButton("delete", "Delete this turn", () => this.openDelete(view)),
		];
	}

	/** Read a finished answer out, once. @param {TurnView} view */
	say({ element, turn, body }) {
		if (!element.isConnected || !this.root.offsetParent) return;
		const said = [body.textContent, turn.mark, turn.error].filter(Boolean).join(" ");
		this.said.textContent = `Kimi: ${said.slice(0, 5_000)}`;
	}

	// --- small questions within a turn

	/** @param {TurnView} view */
	openSave(view) {
		const pattern = "[\\p{L}_][\\p{L}\\p{N}_]*";
		const name = h("input", { value: "answer", "aria-label": "Name of the variable", pattern, required: true });
		const act = () => this.tell("save", { id: view.turn.id, name: name.value });
		openInline(view, "save", "Save the answer", ["Save as", name, h("button.k-button", {}, "Save")], act);
		name.focus();
		name.select();
	}

	/** @param {TurnView} view */
	openDelete(view) {
		const sure = h("button.k-button.k-danger", {}, "Delete");
		const act = () => (this.tell("delete", { id: view.turn.id }), this.input.focus());
		openInline(view, "delete", "Delete this turn", ["Delete this turn for good?", sure], act);
		sure.focus();
	}

	/** @param {string} label @param {string} value @param {string} dir @param {(event: any) => boolean} sends with Enter */
	area(label, value, dir, sends) {
		const onkeydown = (event) => {
			if (event.key !== "Enter" || event.isComposing || !sends(event)) return;
			event.preventDefault();
			area.form.requestSubmit();
		};
		const area = h("textarea.k-grows", { "aria-label": label, dir, onkeydown, oninput: () => grow(area) });
		area.value = value;
		return area;
	}

	/** Edit the question where it stands: Enter asks it, Escape leaves it. @param {TurnView} view */
	openEdit(view) {
		const area = this.area("The question", view.turn.prompt, "auto", ({ shiftKey }) => !shiftKey);
		const act = () => area.value.trim() && this.tell("edit", { id: view.turn.id, text: area.value.trim() });
		openInline(view, "edit", "Edit the question", [area, h("button.k-button", {}, "Ask again")], act);
		view.question.after(view.inline);
		area.focus();
		grow(area);
	}

	// --- transcript

	createTranscript() {
		this.end = h("button.k-button.k-new", { type: "button", hidden: true, onclick: () => this.toEnd() }, "↓ New");
		this.earlier = h("button.k-button.k-earlier", { type: "button", onclick: () => this.askEarlier() });
		const hint = "@name attaches a value, / gives the commands, Shift+Enter breaks the line.";
		this.welcome = h("div.k-welcome", {}, h("p", {}, "Ask Kimi about this notebook."), h("p.k-muted", {}, hint));
		this.list = h("div.k-list");
		this.log = h("div.k-log", { role: "log", "aria-live": "off", "aria-label": "Conversation", tabindex: 0 }, this.list);
		this.log.addEventListener("scroll", () => this.onScroll());
		const sizes = new ResizeObserver(() => (this.follows ? this.toEnd() : this.onScroll()));
		sizes.observe(this.log);
		sizes.observe(this.list);
		this.ends.push(() => sizes.disconnect());
		return h("div.k-middle", {}, this.log, this.end);
	}

	toEnd() {
		this.follows = this.end.hidden = true;
		this.log.scrollTop = this.log.scrollHeight;
	}

	/** Follow the end until the reader goes up, and again when the reader is back at the end. */
	onScroll() {
		const { scrollTop, scrollHeight, clientHeight } = this.log;
		const wentUp = scrollTop < this.top - 1;
		this.top = scrollTop;
		if (scrollHeight - scrollTop - clientHeight < 24) this.follows = this.end.hidden = true;
		else if (wentUp) this.follows = false;
		if (wentUp && scrollTop < 80) this.askEarlier();
	}

	askEarlier() {
		const earlier = this.model.get("earlier");
		if (!earlier || this.widened === earlier) return;
		this.widened = earlier;
		this.tell("earlier");
	}

	drawTranscript() {
		const turns = this.allTurns();
		const live = this.model.get("live");
		const first = this.list.querySelector(".k-turn");
		const before = first?.getBoundingClientRect().top ?? 0;
		const children = [this.earlierButton(), ...this.transcriptRows(turns, live)].filter(Boolean);
		if (children.length === 0) children.push(this.welcome);
		place(this.list, children);
		this.forget(turns);
		if (first?.isConnected && !this.follows) this.keepPlace(first, before);
		if (!this.follows) this.end.hidden = false;
	}

	/** @param {Turn[]} turns @param {Live | null} live */
	transcriptRows(turns, live) {
		const ids = new Set(turns.map(({ id }) => id));
		const reports = (belongs) => this.all("reports").filter(({ after }) => belongs(after)).map((one) => this.drawReport(one));
		const rows = turns.flatMap((turn) => {
			const view = this.turns.get(turn.id) ?? this.createTurn(turn.id);
			this.drawTurn(view, turn, live?.id === turn.id ? live : null);
			return [view.element, ...reports((after) => after === turn.id)];
		});
		return [...reports((after) => !ids.has(after)), ...rows];
	}

	/** @param {Report} report */
	drawReport({ id, kind, html }) {
		let view = this.reports.get(id);
		if (!view) {
			const body = h("div.k-text.k-body", { dir: "auto" });
			const label = { error: "Error", notice: "Notice" }[kind] ?? "What a command said";
			view = { body, element: h(`section.k-box.k-${kind.match(/^\w+$/)}`, { "aria-label": label }, body) };
			this.reports.set(id, view);
			if (this.opened) this.said.textContent = `${label}: ${safe(html).textContent?.slice(0, 2_000)}`;
		}
		this.show(view.body, html, false);
		return view.element;
	}

	earlierButton() {
		const earlier = this.model.get("earlier") ?? 0;
		if (!earlier) return null;
		setText(this.earlier, `Show earlier turns (${earlier.toLocaleString("en")})`);
		return this.earlier;
	}

	/** Let go of the views that the traits no longer have. @param {Turn[]} turns */
	forget(turns) {
		const ids = new Set([...turns, ...this.all("reports")].map(({ id }) => id));
		for (const views of [this.turns, this.reports]) for (const id of views.keys()) if (!ids.has(id)) views.delete(id);
	}

	/**
	 * Let the reader see the same after turns have come in above. The browser's own anchoring rests meanwhile.
	 * @param {Element} first @param {number} before
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
		const queue = this.all("queue");
		const unheard = [...this.waiting.values()].filter(({ act, late }) => act === "ask" && late).map(({ text }) => text);
		redraw(this.waits, [queue, unheard], () => [
			...queue.map(({ id, text }) =>
				queued("Waits", text, iconButton("close", "Remove this question", () => this.tell("unqueue", { id }))),
			),
			...unheard.map((text) => queued("Not heard yet", text)),
		]);
		this.waits.hidden = this.waits.childElementCount === 0;
	}

	// --- consent

	/** Show the call that waits for consent. It is read out, and the focus stays where it is. @param {any} part */
	drawConsent(part) {
		/** @type {Asked | null} */
		const asked = this.model.get("consent");
		part.hidden = !asked;
		redraw(part, asked, () => (asked ? this.consent(asked) : []));
	}

	/** @param {Asked} asked */
	consent({ id, name, html, label, text, always, note }) {
		const title = `May Kimi call ${name}?`;
		const question = h("div.k-text", { tabindex: 0, role: "group", "aria-label": "The call" });
		this.show(question, html, true);
		this.said.textContent = `${note} ${title} ${question.textContent}`;
		const decide = (decision, text = "") => (this.tell("decide", { id, decision, text }), this.input.focus());
		const button = (words) => textButton(words, ({ detail }) => detail < 2 && decide(words.toLowerCase()));
		const area = this.area(`Edit ${label}`, text, "ltr", ({ ctrlKey, metaKey }) => ctrlKey || metaKey);
		const run = () => decide("edit", area.value);
		const reason = note && h("div.k-mark.mathjax_ignore", { dir: "auto" }, note);
		const edit = (event) => {
			openInline(view, "Edit…", title, [reason, area, h("button.k-button", {}, "Run this")], run);
			if (event || (this.input.matches(":focus") && !this.input.value)) area.focus();
			grow(area);
		};
		const buttons = [button("Yes"), button("No"), always && button("Always"), textButton("Edit…", edit)];
		const foot = h("div.k-form", { role: "group", "aria-label": title }, ...buttons);
		foot.inert = true; // a double click is meant for the call before
		setTimeout(() => (foot.inert = false), 700);
		const view = { question, foot, inline: h("div.k-inline") };
		if (note) queueMicrotask(edit);
		return [h("b", { dir: "auto" }, title), question, this.below(question), foot];
	}

	/** Return a line that tells how much of a box is below. @param {HTMLElement} box */
	below(box) {
		const line = h("div.k-mark");
		const count = () => {
			const lines = Math.round((box.scrollHeight - box.scrollTop - box.clientHeight) / 18.2);
			setText(line, lines > 0 ? `↓ lines below: ${lines}` : "");
		};
		box.onscroll = count;
		new ResizeObserver(count).observe(box);
		return line;
	}

	// --- header

	createHeader() {
		// A selector shows what is, which the kernel says.
		const selector = (label, choose) =>
			h("select", { "aria-label": label, onchange: ({ target }) => (choose(target.value), draw()) });
		const conversations = selector("Conversation", (value) => this.choose(value));
		const models = selector("Model", (value) => this.tell("model", { id: this.about.models[value].id }));
		const thinking = selector("Thinking", (value) => this.tell("thinking", JSON.parse(value)));
		const all = [conversations, models, thinking];
		const draw = () => this.drawSelectors(all);
		const bar = h("div.k-bar", { role: "meter", "aria-label": "Context used", "aria-valuemin": 0 }, h("i"));
		const used = h("span.k-muted");
		this.watch(draw);
		this.watch(() => this.drawMeter(bar, used));
		return h("header.k-header", {}, h("div.k-selectors", {}, ...all), h("div.k-meter", {}, bar, used));
	}

	/** Return the list that a trait is. @param {string} trait @returns {any[]} */
	all(trait) {
		return this.model.get(trait) ?? [];
	}

	/** Return the turns; traits that are named hold them, so that one that changes is sent alone. @returns {Turn[]} */
	allTurns() {
		return this.all("turns").map((turn) => (typeof turn === "string" ? this.model.get(turn) : turn)).filter((turn) => turn?.id);
	}

	/** @returns {any} */
	get about() {
		return { conversations: [], models: [], commands: [], ...this.model.get("about") };
	}

	/** Go to another conversation, or to a new one. @param {string} value */
	choose(value) {
		const chosen = this.about.conversations[value];
		this.tell("choose", chosen && { conversation: chosen.name });
	}

	/** @param {HTMLSelectElement[]} selectors */
	drawSelectors([conversations, models, thinking]) {
		const { about } = this;
		const names = about.conversations.map(({ name, turns }) => (turns ? `${name} · ${turns}` : name));
		const now = about.conversations.findIndex(({ name }) => name === about.conversation);
		drawOptions(conversations, numbered([...names, "New conversation"]), now);
		const model = about.models.findIndex(({ id }) => id === about.model);
		drawOptions(models, numbered(about.models.map(({ id, sees }) => (sees ? `${id} · sees ${sees}` : id))), model);
		const ways = about.models[model]?.ways ?? [];
		drawOptions(thinking, ways, Math.max(0, ways.findIndex(([way]) => way === about.way)));
		thinking.hidden = ways.length < 2;
	}

	/** @param {any} bar @param {HTMLElement} words */
	drawMeter(bar, words) {
		const { used = 0, context, text = "" } = this.model.get("meter") ?? {};
		const most = context || 1;
		const now = Math.min(used, most);
		bar.hidden = !context;
		set(bar, { "aria-valuemax": most, "aria-valuenow": now, "aria-valuetext": text || "nothing" });
		bar.classList.toggle("k-full", now > 0.9 * most);
		bar.firstElementChild.style.inlineSize = `${(100 * now) / most}%`;
		setText(words, text);
	}

	// --- composer

	createComposer() {
		const chips = h("ul.k-chips", { "aria-label": "Goes along with the next question" });
		const options = `${this.view}-options`;
		this.input = h("textarea.k-grows", {
			rows: 1, dir: "auto", placeholder: "Ask Kimi…", "aria-label": "Question",
			"aria-autocomplete": "list", "aria-controls": options,
			oninput: () => this.onInput(), onkeydown: (event) => this.onKey(event),
			onblur: () => this.closeSuggestions(), onclick: () => this.suggest(),
			onpaste: (event) => this.onPaste(event),
		});
		this.options = h("ul.k-options", { id: options, role: "listbox", "aria-label": "Suggestions", hidden: true });
		const stop = iconButton("stop", "Stop", () => this.stopNow());
		const send = iconButton("send", "Send", () => this.ask());
		this.watch(() => this.drawChips(chips));
		this.watch(() => this.onCompletions());
		this.watch(() => (stop.hidden = !this.isGrowing()));
		const row = h("div.k-row", {}, this.createAttach(), this.input, stop, send);
		return h("div.k-composer", {}, this.options, chips, row);
	}

	isGrowing() {
		return Boolean(this.model.get("live")) || this.allTurns().some((turn) => turn.state === "asked");
	}

	stopNow() {
		this.tell("stop");
		this.input.focus();
	}

	ask() {
		const { source: of } = this;
		const text = this.input.value.trim();
		this.input.focus();
		if (!text) return;
		this.typed.push(text);
		this.setInput("");
		this.toEnd();
		this.tell("ask", of ? { text, of } : { text });
	}

	/** @param {string} text */
	setInput(text) {
		this.input.value = this.source = text;
		if (!text) this.recalled = 0;
		this.closeSuggestions();
		grow(this.input);
	}

	onInput() {
		this.recalled = 0;
		if (!this.input.value) this.source = "";
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

	/** Go through earlier questions, from an empty field. @param {number} step */
	recall(step) {
		if (!this.recalled && (this.input.value || step < 0)) return false;
		// What a file asks is to be no command.
		const asked = this.allTurns().map(({ prompt }) => prompt).filter((text) => !/^\s*\//.test(text));
		const all = [...new Set([...asked, ...this.typed].reverse())];
		const to = Math.min(all.length, this.recalled + step);
		this.setInput(to > 0 ? all[to - 1] : "");
		this.recalled = to;
		return true;
	}

	/** @param {HTMLElement} part */
	drawChips(part) {
		const chips = this.all("chips");
		redraw(part, chips, () =>
			chips.map((chip) => {
				const remove = () => (this.tell("detach", { id: chip.id }), this.input.focus());
				const label = `Remove ${chip.name}`;
				return h("li.k-chip", {}, ...sent(chip), this.shareSelect(chip), iconButton("close", label, remove));
			}),
		);
		part.hidden = chips.length === 0;
	}

	/** @param {Chip} chip */
	shareSelect({ id, name, share }) {
		if (!share) return null;
		const onchange = ({ target }) => this.tell("share", { id, level: target.value });
		const select = h("select", { "aria-label": `How much of ${name} is sent`, "data-key": `share ${id}`, onchange });
		select.append(...["schema", "stats", "sample", "all"].map((level) => h("option", { value: level }, level)));
		select.value = share;
		return select;
	}

	// --- attachments

	createAttach() {
		const onchange = () => (this.attachFiles(file.files), (file.value = ""));
		const file = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to attach", onchange });
		const show = (isOpen) => {
			menu.hidden = !isOpen;
			set(button, { "aria-expanded": String(isOpen) });
			if (isOpen) menu.firstElementChild.focus();
		};
		const close = () => show(false);
		const item = (label, act) => {
			const onclick = () => (close(), this.input.focus(), act());
			return h("button", { type: "button", role: "menuitem", tabindex: -1, onclick }, label);
		};
		const button = iconButton("attach", "Attach", () => show(menu.hidden), { "aria-haspopup": "menu", "aria-expanded": "false" });
		const menu = h("div.k-menu", { role: "menu", "aria-label": "Attach", hidden: true },
			item("File…", () => file.click()),
			item("Last plot", () => this.tell("attach_plot")),
			item("Name… (@)", () => this.typeAt()),
		);
		set(menu, {
			onkeydown: (event) => onMenuKey(event, menu, () => (close(), button.focus())),
			onfocusout: ({ relatedTarget: to }) => menu.contains(to) || button.contains(to) || close(),
		});
		return h("div.k-attach", {}, button, menu, file);
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

	/** Hand a file over, in pieces: Jupyter's server cuts the connection at messages of 10 MiB. @param {File} file */
	async attachFile(file) {
		const { name, size } = file;
		if (size > MOST) return this.note(`${name} has ${Math.round(size / 1e6)} MB; up to ${MOST / 1e6} can be attached.`);
		const parts = Math.ceil(size / PIECE) || 1;
		const upload = Math.random().toString(36);
		for (let part = 0; part < parts; part++) {
			const piece = await file.slice(part * PIECE, (part + 1) * PIECE).arrayBuffer();
			this.tell("attach_file", { name, upload, part, parts }, [piece]);
		}
	}

	/** Take pasted files; where text is with them, as from a spreadsheet, it is meant. @param {ClipboardEvent} event */
	onPaste(event) {
		const data = event.clipboardData;
		if (!data?.files.length || data.types.includes("text/plain")) return;
		event.preventDefault();
		this.attachFiles(data.files);
	}

	acceptDrops() {
		const { root } = this;
		const onDrag = (event) => {
			const { type, dataTransfer: data, relatedTarget: to } = event;
			if (!data?.types.includes("Files")) return;
			event.preventDefault();
			event.stopPropagation();
			root.classList.toggle("k-drop", type === "dragover" || (type === "dragleave" && root.contains(to)));
			if (type === "drop") this.attachFiles(data.files);
		};
		for (const name of ["dragover", "dragleave", "drop"]) root.addEventListener(name, onDrag);
	}

	// --- suggestions

	/** Offer what can stand at the cursor: commands at once, names as soon as the kernel tells them. */
	suggest() {
		const { value, selectionStart: at } = this.input;
		const before = value.slice(0, at);
		this.completing = 0;
		if (/^\/\S*$/.test(before)) return this.openSuggestions(this.commands(before), 0, at, false);
		if (!/(^|[\s([{,])@[^\s@]*$/.test(before)) return this.closeSuggestions();
		this.completing = this.tell("complete", { text: value, cursor: at });
	}

	/** @param {string} before @returns {Suggestion[]} */
	commands(before) {
		return this.about.commands
			.filter(({ name }) => name.startsWith(before))
			.map(({ name, argument, help }) => ({ text: name, kind: argument, note: help }));
	}

	onCompletions() {
		const found = this.model.get("completions");
		if (!this.completing || found?.n !== this.completing || (found.view ?? this.view) !== this.view) return;
		this.openSuggestions(found.items, found.from, this.input.selectionStart, true);
	}

	/** @param {Suggestion[]} items @param {number} from @param {number} to @param {boolean} attaches */
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
		return h("li", { role: "option", id: `${this.options.id}-${i}`, onpointerdown, onclick },
			h("bdi.k-name", {}, text), h("span.k-muted", {}, kind), h("span.k-muted", {}, about));
	}

	/** @param {number} to */
	activate(to) {
		const rows = [...this.options.children];
		const active = (this.menu.active = (to + rows.length) % rows.length);
		rows.forEach((row, i) => set(row, { "aria-selected": String(i === active) }));
		rows[active].scrollIntoView({ block: "nearest" });
		set(this.input, { "aria-activedescendant": rows[active].id });
	}

	closeSuggestions() {
		this.menu = null;
		this.completing = 0;
		this.options.hidden = true;
		this.input.removeAttribute("aria-activedescendant");
	}

	/** @param {KeyboardEvent} event */
	onSuggestionKey(event) {
		const menu = this.menu;
		if (event.key === "ArrowDown") this.activate(menu.active + 1);
		else if (event.key === "ArrowUp") this.activate(menu.active - 1);
		else if (event.key === "Escape") this.closeSuggestions();
		else if (event.key === "Tab" && !event.shiftKey) this.accept(menu.active);
		else if (event.key === "Enter" && !event.shiftKey && !this.isWhole(menu)) this.accept(menu.active);
		else return false;
		return true;
	}

	/** Whether the command is typed out: then Enter sends it. @param {Suggestions} menu */
	isWhole(menu) {
		return !menu.attaches && this.input.value.slice(menu.from, menu.to) === menu.items[menu.active].text;
	}

	/** Write a command out, attach a name, which stays as a word, and go on in a folder. @param {number} i */
	accept(i) {
		const menu = this.menu;
		const { text, kind } = menu.items[i];
		const { input } = this;
		this.closeSuggestions();
		if (!menu.attaches) return input.setRangeText(kind ? `${text} ` : text, menu.from, menu.to, "end");
		const name = text.replace(/^@/, "");
		const from = input.value[menu.from] !== "@" && input.value[menu.from - 1] === "@" ? menu.from - 1 : menu.from;
		const isFolder = name.endsWith("/");
		input.setRangeText(isFolder ? `@${name}` : `${name} `, from, menu.to, "end");
		return isFolder ? this.suggest() : this.tell("attach", { name });
	}

	// --- the panel itself

	/** Draw now, and again when the traits have changed. @param {() => void} draw */
	watch(draw) {
		this.draws.push(draw);
		draw();
	}

	/** Draw in the next frame: until then more may change. */
	onChange() {
		const ack = this.model.get("ack");
		if (ack?.view === this.view) for (const n of this.waiting.keys()) if (n <= ack.n) this.waiting.delete(n);
		this.frame ||= requestAnimationFrame(() => {
			this.frame = 0;
			for (const draw of this.draws) draw();
		});
	}

	/** @param {HTMLElement} el */
	settle(el) {
		if (!this.root.isConnected) return this.closed || setTimeout(() => this.settle(el), 200);
		this.hideTranscript(el);
		this.fillSide(el);
	}

	close() {
		this.closed = true;
		cancelAnimationFrame(this.frame);
		this.root.remove();
		for (const end of this.ends.splice(0)) end();
	}

	/** Keep keys to the panel, but for saving the notebook. */
	keepKeys() {
		const { root, ends } = this;
		for (const name of ["keydown", "keyup", "keypress", "paste", "copy", "cut"]) {
			root.addEventListener(name, (event) => !isSave(event) && event.stopPropagation());
		}
		const onWindow = (event) =>
			root.contains(event.target) && root.toggleAttribute("data-lm-suppress-shortcuts", !isSave(event));
		window.addEventListener("keydown", onWindow, true);
		ends.push(() => window.removeEventListener("keydown", onWindow, true));
	}

	/** Hide the transcript for readers without a kernel while the panel lives. @param {HTMLElement} el */
	hideTranscript(el) {
		const area = el.closest(".jp-OutputArea") ?? el.closest(".cell_container, .output_wrapper") ?? el;
		area.classList.add("kimi-lives");
		this.ends.push(() => area.classList.toggle("kimi-lives", Boolean(area.querySelector(".kimi-panel"))));
	}

	/** Fill a side area, which has a height of its own. @param {HTMLElement} el */
	fillSide(el) {
		if (!el.closest(".jp-Cell")) el.closest(".lm-DockPanel-widget, .lm-StackedPanel-child")?.classList.add("kimi-side");
	}
}

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
	const panel = new Panel(model);
	el.append(panel.root);
	// Where it stands in the page is known when it stands there.
	requestAnimationFrame(() => panel.settle(el));
	return () => panel.close();
}

export default { render };
