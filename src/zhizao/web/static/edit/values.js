// @ts-check
/** The values of a plant file as a form; what is changed is written into the text, and nothing else. */
import { h } from "../elements.js";
import { t } from "../strings.js";
import { readValues, saveValues } from "./calls.js";

/**
 * @typedef {import("./calls.js").Entry} Entry
 * @typedef {import("./calls.js").Form} Form
 */

/**
 * @param {HTMLElement} host
 * @param {string} name
 * @param {(text: string) => Promise<void>} done
 * @param {(problem: unknown) => void} failed
 */
export function offerValues(host, name, done, failed) {
  const place = h("div", {});
  const details = h("details", { class: "study values" }, h("summary", {}, t("values_title")), place);
  details.addEventListener("toggle", () => {
    if (details.open && !place.firstChild) load().catch(failed);
  });
  const load = async () => draw(await readValues(name));
  /** @param {Form} found */
  const draw = (found) => {
    const button = h("button", { type: "submit", class: "primary", disabled: true }, t("values_save"));
    const again = h("button", { type: "button", onclick: () => load().catch(failed) }, t("text_reload"));
    const form = h("form", {}, ...partsOf(found.entries), h("p", { class: "links" }, button, again));
    form.addEventListener("input", () => (button.disabled = !Object.keys(changed(form)).length));
    form.addEventListener("submit", async (/** @type {Event} */ event) => {
      event.preventDefault();
      try {
        draw(await saveValues(name, changed(form), found.hash));
        await done(`${t("text_saved")} ${name}`);
      } catch (problem) {
        failed(problem);
      }
    });
    place.replaceChildren(h("p", { class: "about" }, t("values_about")), form);
  };
  host.append(details);
}

/** @param {Entry[]} entries */
function partsOf(entries) {
  const parts = [...new Set(entries.map((one) => one.part))];
  return parts.map((part) => {
    const own = entries.filter((one) => one.part === part);
    return h(
      "details",
      {},
      h("summary", {}, `${t(`part_${part}`)} (${own.length})`),
      ...own.map((one) => h("fieldset", {}, h("legend", { class: "title" }, one.id), h("div", { class: "fields" }, ...one.fields.map(fieldOf)))),
    );
  });
}

/** @param {Entry["fields"][0]} field */
function fieldOf(field) {
  const input = h("input", { name: field.path, type: "text", value: field.value, required: true, maxlength: 500, spellcheck: "false", title: field.about });
  return h("label", {}, h("span", { class: "help" }, field.title), input);
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function changed(form) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);
  return Object.fromEntries(inputs.filter((one) => one.value !== one.defaultValue).map((one) => [one.name, one.value]));
}
