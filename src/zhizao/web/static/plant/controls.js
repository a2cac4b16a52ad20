// @ts-check
/** Controls of the plant view: play, speed, clock, scrub bar, a lot to follow, places to save, and the legend. */
import { h } from "../elements.js";
import { language, t } from "../strings.js";
import { variableOf } from "./palette.js";

/** Seconds of the plant in a second of play. */
export const SPEEDS = [1, 10, 60, 300, 900, 3600, 14400, 86400];
export const STEPS = 10000; // of the scrub bar

/**
 * @typedef {{toggle: () => void, seek: (share: number) => void, speed: (value: number) => void, zoom: (factor: number) => void,
 *   fit: () => void, follow: (name: string) => void, save: () => void}} Acts
 */

/**
 * @param {import("./trace.js").Trace} trace
 * @param {Acts} acts
 */
export function controlsOf(trace, acts) {
  const play = h("button", { type: "button", class: "primary", id: "plant-play", onclick: acts.toggle });
  const speed = h("select", { id: "plant-speed", onchange: () => acts.speed(Number(speed.value)) });
  const clock = h("time", { id: "plant-clock" });
  const scrub = h("input", {
    type: "range",
    id: "plant-scrub",
    min: 0,
    max: STEPS,
    value: 0,
    oninput: () => acts.seek(Number(scrub.value) / STEPS),
  });
  const lot = h("input", { type: "text", id: "plant-lot", autocomplete: "off", spellcheck: "false" });
  const find = h("form", { class: "find", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), acts.follow(lot.value)) });
  const fit = h("button", { type: "button", onclick: acts.fit });
  const closer = h("button", { type: "button", onclick: () => acts.zoom(1.4) }, "+");
  const farther = h("button", { type: "button", onclick: () => acts.zoom(1 / 1.4) }, "−");
  const save = h("button", { type: "button", id: "plant-save", disabled: true, onclick: acts.save });
  const follow = h("button", { type: "submit" });
  const lotLabel = h("label", { for: "plant-lot" });
  find.append(lotLabel, lot, follow);
  const legend = h("ul", { class: "legend" });
  const top = h("div", { class: "row" }, play, h("span", { class: "scrub" }, scrub), clock, speed);
  const low = h("div", { class: "row" }, find, h("span", { class: "group" }, farther, closer, fit), save);

  /** Texts in the language of the moment. @param {boolean} playing @param {number} chosen */
  function write(playing, chosen) {
    play.textContent = t(playing ? "pause" : "play");
    speed.setAttribute("aria-label", t("speed"));
    speed.replaceChildren(...SPEEDS.map((one) => h("option", { value: one, selected: one === chosen }, `${span(one)}/s`)));
    scrub.setAttribute("aria-label", t("moment"));
    lotLabel.textContent = t("lot");
    follow.textContent = t("follow");
    fit.textContent = t("fit");
    closer.setAttribute("aria-label", t("zoom_in"));
    farther.setAttribute("aria-label", t("zoom_out"));
    save.textContent = t("save_places");
    const present = new Set(trace.changeState);
    const states = trace.header.states.filter((_, n) => present.has(n));
    legend.setAttribute("aria-label", t("states"));
    legend.replaceChildren(
      ...states.map((state) => h("li", {}, h("span", { class: "swatch", "data-state": state }), t(`state_${state}`))),
    );
    for (const swatch of legend.querySelectorAll(".swatch")) {
      swatch.style.background = `var(${variableOf(swatch.dataset.state)})`;
    }
  }

  /** @param {number} tick */
  function show(tick) {
    const said = dateText(trace, tick);
    if (clock.textContent !== said) clock.textContent = said;
    scrub.value = String(Math.round((tick / trace.ticks) * STEPS));
    scrub.setAttribute("aria-valuetext", said);
  }

  return { top, low, legend, lot, save, write, show };
}

/** Day and time, as the plant's clock has it. @param {import("./trace.js").Trace} trace @param {number} tick */
export function dateText(trace, tick) {
  const date = trace.dateAt(tick);
  const day = date.toLocaleDateString(language() === "zh" ? "zh-CN" : "en-GB", { timeZone: "UTC", weekday: "short" });
  return `${day} ${date.toISOString().slice(0, 19).replace("T", " ")}`;
}

/** A span as people say it. @param {number} seconds */
export function span(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 86400 ? `${(seconds / 3600).toFixed(seconds < 36000 && seconds % 3600 ? 1 : 0)} h` : `${(seconds / 86400).toFixed(seconds % 86400 ? 1 : 0)} d`;
}
