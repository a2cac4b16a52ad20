// @ts-check
/** The plant view: a trace played on a floor that can be zoomed, panned and arranged. */
import * as api from "../api.js";
import { h } from "../elements.js";
import { t } from "../strings.js";
import { Camera, clamp } from "./camera.js";
import { controlsOf, dateText } from "./controls.js";
import { lotFacts, placeFacts, unitFacts } from "./facts.js";
import { Layout } from "./layout.js";
import { Moment } from "./moment.js";
import { paintFloor } from "./paint_floor.js";
import { Painter } from "./paint_moving.js";
import { paletteOf } from "./palette.js";
import { listen } from "./pointer.js";
import { Trace } from "./trace.js";

const SPEED = 900;
const HOP_S = 0.35; // seconds of play that a lot is seen on its way, where its way takes no time
const SUMMARY_MS = 500;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Show the trace of a result.
 *
 * @param {HTMLElement} host
 * @param {string} key of the result
 * @param {string} file the plant file, in which places can be saved
 * @param {(text: string, kind: "good" | "bad") => void} say
 */
export async function showPlant(host, key, file, say) {
  const trace = new Trace(await api.trace(key));
  const view = new PlantView(trace, file, say);
  await view.layout.arrange();
  host.replaceChildren(view.element);
  view.begin();
  return view;
}

export class PlantView {
  tick = 0;
  speed = SPEED;
  playing = false;
  followed = -1;
  /** @type {number | null} box that is dragged */ dragged = null;
  /** @type {Set<number>} boxes that have been dragged */ moved = new Set();
  /** @type {[number, number] | null} pointer in CSS pixels */ pointer = null;
  stale = true; // the floor has to be drawn again
  last = 0;
  summaryAt = 0;
  asked = false;

  /** @param {Trace} trace @param {string} file @param {(text: string, kind: "good" | "bad") => void} say */
  constructor(trace, file, say) {
    this.trace = trace;
    this.file = file;
    this.say = say;
    this.layout = new Layout(trace);
    this.moment = new Moment(trace);
    this.painter = new Painter(this.layout, this.moment);
    this.camera = new Camera();
    this.controls = controlsOf(trace, this.acts());
    this.still = h("canvas", { "aria-hidden": "true" });
    this.canvas = h("canvas", { tabindex: "0", role: "application", id: "plant-canvas" });
    this.tip = h("div", { class: "tip", hidden: true });
    this.summary = h("p", { class: "subtitle", id: "plant-summary" });
    this.stage = h("div", { class: "stage" }, this.still, this.canvas, this.tip);
    const { top, low, legend } = this.controls;
    this.element = h("section", { class: "plantview" }, top, this.stage, low, legend, this.summary);
  }

  /** Once the element is in the page. */
  begin() {
    this.colours = paletteOf(this.element, this.trace.header.states);
    this.resize();
    this.camera.fit(this.layout.bounds());
    this.tick = this.firstWork(); // before that there is nothing to see
    this.write();
    listen(this.canvas, this.hand());
    this.canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    new ResizeObserver(() => this.resize()).observe(this.stage);
    const look = new MutationObserver(() => this.restyle());
    look.observe(document.documentElement, { attributes: true, attributeFilter: ["lang", "data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
    this.playing = !STILL.matches;
    this.write();
    this.ask();
  }

  // ---------------------------------------------------------------- time
  /** The first start of a visit. */
  firstWork() {
    let first = this.trace.ticks;
    for (const start of this.trace.visitStart) if (start < first) first = start;
    return first < this.trace.ticks ? first : 0;
  }

  /** @returns {import("./controls.js").Acts} */
  acts() {
    return {
      toggle: () => this.toggle(),
      seek: (share) => this.seek(share * this.trace.ticks),
      speed: (value) => ((this.speed = value), this.ask()),
      zoom: (factor) => (this.camera.zoomAt(factor), this.redraw()),
      fit: () => ((this.followed = -1), this.camera.fit(this.layout.bounds()), this.redraw()),
      follow: (name) => this.followName(name),
      save: () => this.save(),
    };
  }

  toggle() {
    if (this.tick >= this.trace.ticks) this.tick = 0;
    this.playing = !this.playing;
    this.last = 0;
    this.write();
    this.ask();
  }

  /** @param {number} tick */
  seek(tick) {
    this.tick = clamp(tick, 0, this.trace.ticks);
    this.ask();
  }

  /** Ask for a frame, once. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  redraw() {
    this.stale = true;
    this.ask();
  }

  /** @param {number} now ms */
  frame(now) {
    this.asked = false;
    if (!this.canvas.isConnected) return;
    if (this.playing) this.advance(now);
    this.draw();
    this.controls.show(this.tick);
    this.summarise(now);
    if (this.playing) this.ask();
  }

  /** @param {number} now ms */
  advance(now) {
    const passed = this.last ? Math.min(now - this.last, 250) / 1000 : 0;
    this.last = now;
    this.tick += (passed * this.speed) / this.trace.header.tick_s;
    if (this.tick < this.trace.ticks) return;
    this.tick = this.trace.ticks;
    this.playing = false;
    this.write();
  }

  // ---------------------------------------------------------------- drawing
  draw() {
    const hop = STILL.matches ? 0 : (HOP_S * this.speed) / this.trace.header.tick_s;
    const tick = Math.min(this.tick, this.trace.ticks - 1);
    this.moment.fill(tick, hop);
    if (this.followed >= 0) this.keepInView();
    const colours = /** @type {import("./palette.js").Palette} */ (this.colours);
    if (this.stale) {
      this.stale = false;
      this.clear(this.still);
      const context = this.still.getContext("2d");
      this.camera.apply(context, this.ratio);
      paintFloor(context, this.layout, colours, this.camera.zoom);
    }
    this.clear(this.canvas);
    const context = this.canvas.getContext("2d");
    this.camera.apply(context, this.ratio);
    this.painter.paint(context, tick, colours, this.camera.zoom, this.followed);
    this.hover(tick);
  }

  /** @param {HTMLCanvasElement} canvas */
  clear(canvas) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
  }

  get ratio() {
    return Math.min(devicePixelRatio || 1, 2);
  }

  resize() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth) return;
    for (const canvas of [this.still, this.canvas]) {
      canvas.width = Math.round(clientWidth * this.ratio);
      canvas.height = Math.round(clientHeight * this.ratio);
    }
    Object.assign(this.camera, { width: clientWidth, height: clientHeight });
    this.redraw();
  }

  restyle() {
    if (!this.element.isConnected) return;
    this.colours = paletteOf(this.element, this.trace.header.states);
    this.write();
    this.redraw();
  }

  /** Texts in the language of the moment. */
  write() {
    this.controls.write(this.playing, this.speed);
    this.canvas.setAttribute("aria-label", `${this.trace.header.plant}. ${t("plant_keys")}`);
    this.canvas.setAttribute("aria-describedby", "plant-summary");
    this.summaryAt = 0;
  }

  /** What a reader of the screen gets of the picture. @param {number} now ms */
  summarise(now) {
    if (this.playing && now - this.summaryAt < SUMMARY_MS) return;
    this.summaryAt = now;
    const { states } = this.trace.header;
    const counts = new Array(states.length).fill(0);
    const tick = Math.min(this.tick, this.trace.ticks - 1);
    this.trace.units.forEach((_, unit) => counts[this.trace.stateAt(unit, tick)]++);
    const said = states.flatMap((state, n) => (counts[n] ? [`${t(`state_${state}`)} ${counts[n]}`] : []));
    this.summary.textContent = `${t("lots_in_plant")} ${this.moment.count} · ${said.join(" · ")}`;
  }

  // ---------------------------------------------------------------- lots
  /** @param {string} name */
  followName(name) {
    if (!name.trim()) return this.follow(-1);
    const lot = this.trace.lotOf(name);
    if (lot < 0) return this.say(`${t("no_lot")} ${name}`, "bad");
    this.say("", "good");
    const { lotRelease, lotOut, lotFirst, visitStart } = this.trace;
    if (this.tick < lotRelease[lot] || this.tick >= lotOut[lot]) {
      const began = lotFirst[lot] < lotFirst[lot + 1] ? visitStart[lotFirst[lot]] : lotRelease[lot];
      this.seek(Math.min(began, this.trace.ticks));
    }
    this.follow(lot);
  }

  /** @param {number} lot -1: none */
  follow(lot) {
    this.followed = lot;
    this.controls.lot.value = lot < 0 ? "" : this.trace.nameOf(lot);
    if (lot >= 0 && this.camera.zoom < 0.6) this.camera.zoom = 1;
    this.redraw();
  }

  /** Keep the lot that is followed in the middle; it is where it was drawn last. */
  keepInView() {
    this.painter.place();
    const at = this.painter.whereIs(this.followed);
    if (!at) return;
    const ease = this.playing ? 0.15 : 1;
    const [dx, dy] = [at[0] - this.camera.x, at[1] - this.camera.y];
    if (Math.hypot(dx, dy) * this.camera.zoom < 1) return;
    this.camera.x += dx * ease;
    this.camera.y += dy * ease;
    this.stale = true;
  }

  // ---------------------------------------------------------------- pointer and keys
  /** @returns {import("./pointer.js").Hand} */
  hand() {
    return {
      grab: (x, y) => {
        const n = this.layout.boxAt(...this.camera.floor(x, y));
        this.dragged = n < 0 ? null : n;
        return n >= 0;
      },
      drag: (x, y) => this.drag(x, y),
      drop: () => (this.dragged = null),
      pan: (dx, dy) => ((this.followed = -1), this.camera.pan(dx, dy), this.redraw()),
      zoom: (factor, x, y) => (this.camera.zoomAt(factor, x, y), this.redraw()),
      click: (x, y) => this.click(x, y),
      hover: (x, y) => ((this.pointer = [x, y]), this.ask()),
      leave: () => ((this.pointer = null), this.ask()),
    };
  }

  /** @param {number} x @param {number} y */
  drag(x, y) {
    if (this.dragged === null) return;
    this.pointer = null;
    this.layout.move(this.dragged, ...this.camera.floor(x, y));
    this.moved.add(this.dragged);
    this.controls.save.disabled = false;
    this.redraw();
  }

  /** @param {number} x @param {number} y */
  click(x, y) {
    const n = this.painter.lotAt(...this.camera.floor(x, y), 12 / this.camera.zoom);
    this.pointer = [x, y];
    this.follow(n < 0 ? -1 : this.moment.lot[n]);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = this.trace.ticks / (event.shiftKey ? 1000 : 100);
    const acts = this.acts();
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": acts.toggle,
      ArrowLeft: () => this.seek(this.tick - step),
      ArrowRight: () => this.seek(this.tick + step),
      ArrowUp: () => acts.zoom(1.2),
      ArrowDown: () => acts.zoom(1 / 1.2),
      "+": () => acts.zoom(1.2),
      "=": () => acts.zoom(1.2),
      "-": () => acts.zoom(1 / 1.2),
      0: acts.fit,
      Escape: () => this.follow(-1),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Facts of what the pointer is on. @param {number} tick */
  hover(tick) {
    const facts = this.pointer ? this.factsAt(this.pointer, tick) : null;
    this.tip.hidden = !facts;
    if (!facts || !this.pointer) return;
    this.tip.replaceChildren(...facts.map((line, n) => h(n ? "span" : "strong", {}, line)));
    const [x, y] = this.pointer;
    const left = x + 16 + this.tip.offsetWidth > this.camera.width ? x - 12 - this.tip.offsetWidth : x + 16;
    this.tip.style.transform = `translate(${Math.max(left, 0)}px, ${Math.min(y + 14, this.camera.height - this.tip.offsetHeight)}px)`;
  }

  /** @param {[number, number]} pointer @param {number} tick */
  factsAt(pointer, tick) {
    const [x, y] = this.camera.floor(...pointer);
    const lot = this.painter.lotAt(x, y, 8 / this.camera.zoom);
    const vehicle = this.painter.vehicleNear(x, y, tick);
    const n = this.layout.boxAt(x, y);
    const unit = n < 0 ? vehicle : this.layout.unitAt(n, x, y);
    if (lot >= 0) return [...lotFacts(this.moment, lot, tick), ...(unit >= 0 ? unitFacts(this.trace, unit, tick) : [])];
    if (unit >= 0) return unitFacts(this.trace, unit, tick);
    return n < 0 ? null : placeFacts(this.moment, n);
  }

  // ---------------------------------------------------------------- places
  async save() {
    const { places } = this.trace;
    const all = this.layout.boxes.flatMap((box, n) => (box ? [n] : []));
    const whole = all.some((n) => !places[n].at); // one place without the others would upset the layout
    const below = all.some((n) => Math.min(...this.layout.metres(n)) < 0); // a plant file has none: all are shifted
    const chosen = whole || below ? all : [...this.moved];
    try {
      await api.savePlaces(this.file, this.layout.places(chosen.map((n) => [places[n].id, n]), below));
      this.moved.clear();
      this.controls.save.disabled = true;
      this.say(`${t("places_saved")} ${this.file}${this.trace.header.drives ? `. ${t("places_matter")}` : ""}`, "good");
    } catch (problem) {
      if (!(problem instanceof api.Refused)) throw problem;
      this.say(problem.message, "bad");
    }
  }

  /** The moment in words. */
  get date() {
    return dateText(this.trace, this.tick);
  }
}
