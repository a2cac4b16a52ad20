// @ts-check
/** A plant file as text: line numbers, faults underlined at their line, checked while somebody types. */
import { Refused } from "../api.js";
import { h } from "../elements.js";
import { t } from "../strings.js";
import { checkText, readText, saveText } from "./calls.js";

/**
 * @typedef {import("./calls.js").Check} Check
 * @typedef {import("./calls.js").Fault} Fault
 */

const CHECK_MS = 350;
const LINE_PX = 20; // as in style.css

/**
 * @param {HTMLElement} host
 * @param {string} name
 * @param {(text: string) => Promise<void>} done
 * @param {(problem: unknown) => void} failed
 */
export function offerText(host, name, done, failed) {
  const place = h("div", {});
  const details = h("details", { class: "study" }, h("summary", {}, t("text_title")), place);
  details.addEventListener("toggle", () => {
    if (details.open && !place.firstChild) load().catch(failed);
  });
  const load = async () => new TextEditor(place, name, await readText(name), done, failed, load);
  host.append(details);
}

class TextEditor {
  /**
   * @param {HTMLElement} place
   * @param {string} name
   * @param {import("./calls.js").PlantText} file
   * @param {(text: string) => Promise<void>} done
   * @param {(problem: unknown) => void} failed
   * @param {() => Promise<unknown>} load
   */
  constructor(place, name, file, done, failed, load) {
    this.name = name;
    this.done = done;
    this.failed = failed;
    this.hash = file.hash;
    this.saved = this.text = shown(file.text);
    this.newline = file.text.includes("\r\n") ? "\r\n" : "\n";
    this.turn = 0;
    this.timer = 0;
    this.numbers = h("div", { class: "numbers", "aria-hidden": "true" });
    this.marks = h("div", { class: "marks", "aria-hidden": "true" });
    this.area = h("textarea", { class: "text", "aria-label": t("text_label"), spellcheck: "false", wrap: "off", autocapitalize: "off" });
    this.area.value = this.text;
    this.list = h("div", { class: "faults", role: "status" });
    this.button = h("button", { type: "button", class: "primary", disabled: true, onclick: () => this.save() }, t("text_save"));
    this.state = h("span", { class: "help" });
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("scroll", () => this.scrolled());
    this.area.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
      event.preventDefault();
      this.save();
    });
    place.replaceChildren(
      h("p", { class: "about" }, t("text_about")),
      h("div", { class: "editor" }, this.numbers, h("div", { class: "page" }, this.marks, this.area)),
      this.list,
      h("p", { class: "links" }, this.button, h("button", { type: "button", onclick: () => load().catch(failed) }, t("text_reload")), this.state),
    );
    this.count();
    this.show(file);
  }

  typed() {
    this.text = this.area.value;
    this.count();
    this.marks.replaceChildren();
    this.button.disabled = this.text === this.saved;
    this.state.textContent = this.text === this.saved ? "" : t("text_unsaved");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check().catch(this.failed), CHECK_MS);
  }

  async check() {
    const turn = ++this.turn;
    const found = await checkText(this.name, this.text);
    if (turn === this.turn && this.area.value === this.text) this.show(found);
  }

  async save() {
    if (this.button.disabled) return;
    this.turn++;
    clearTimeout(this.timer);
    const text = this.area.value;
    try {
      const file = await saveText(this.name, text.replaceAll("\n", this.newline), this.hash);
      this.hash = file.hash;
      this.saved = text;
      this.button.disabled = this.area.value === text;
      this.state.textContent = this.button.disabled ? "" : t("text_unsaved");
      this.show(file);
      await this.done(file.faults.length ? t("text_still") : `${t("text_saved")} ${this.name}`);
    } catch (problem) {
      if (problem instanceof Refused && problem.status === 409) this.state.textContent = problem.message;
      this.failed(problem);
    }
  }

  count() {
    const lines = this.text.split("\n").length;
    if (this.numbers.childElementCount === 1 && this.numbers.firstChild.dataset.lines === String(lines)) return;
    const text = Array.from({ length: lines }, (_, n) => n + 1).join("\n");
    this.numbers.replaceChildren(h("pre", { "data-lines": lines }, text));
    this.scrolled();
  }

  scrolled() {
    const { scrollTop, scrollLeft } = this.area;
    this.numbers.firstChild.style.transform = `translateY(${-scrollTop}px)`;
    this.marks.style.transform = `translate(${-scrollLeft}px,${-scrollTop}px)`;
  }

  /** @param {Check} found */
  show(found) {
    const lines = this.text.split("\n");
    /** @param {Fault[]} faults @param {string} kind */
    const marks = (faults, kind) =>
      [...new Set(faults.filter((one) => one.file === this.name && one.line > 0).map((one) => one.line))].map((line) => {
        const text = lines[line - 1] ?? "";
        const start = text.length - text.trimStart().length;
        const mark = h("pre", { class: kind }, " ".repeat(start), h("span", {}, text.trim() || " "));
        mark.style.top = `${(line - 1) * LINE_PX}px`;
        return mark;
      });
    this.marks.replaceChildren(...marks(found.warnings, "warning"), ...marks(found.faults, "wrong"));
    this.area.setAttribute("aria-invalid", String(found.faults.length > 0));
    this.list.replaceChildren(
      ...[this.listOf(found.faults, "text_faults", "wrong"), this.listOf(found.warnings, "text_warnings", "warning")].filter(Boolean),
      ...(found.faults.length ? [] : [h("p", { class: "help" }, t("text_right"))]),
    );
  }

  /** @param {Fault[]} faults @param {string} title @param {string} kind */
  listOf(faults, title, kind) {
    if (!faults.length) return null;
    const items = faults.map((one) => {
      const here = one.file === this.name && one.line > 0;
      const where = one.line > 0 ? `${here ? "" : `${one.file}, `}${t("line")} ${one.line}` : one.file;
      const said = [one.found, one.right].filter(Boolean).join("; ");
      const text = h("span", { lang: "en" }, `${one.where}: ${said}${one.nearest ? ` (${one.nearest}?)` : ""}`);
      const place = here ? h("button", { type: "button", class: "quiet", onclick: () => this.goTo(one.line) }, where) : h("span", {}, where);
      return h("li", { class: kind }, place, " ", text);
    });
    return h("div", {}, h("h4", {}, `${t(title)} (${items.length})`), h("ul", {}, ...items));
  }

  /** @param {number} line */
  goTo(line) {
    const lines = this.text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    this.area.scrollTop = Math.max(0, (line - 6) * LINE_PX);
  }
}

/** Text as a text area gives it back. @param {string} text */
const shown = (text) => text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n").replaceAll("\r", "\n");
