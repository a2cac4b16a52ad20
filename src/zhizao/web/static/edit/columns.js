// @ts-check
/** How the columns of a log are read: each field with its column, to be corrected and saved. */
import { Refused } from "../api.js";
import { h } from "../elements.js";
import { t } from "../strings.js";
import { forgetColumns, readColumns, saveColumns, tryColumns } from "./calls.js";

/**
 * @typedef {import("./calls.js").Columns} Columns
 * @typedef {import("./calls.js").Reading} Reading
 */

/** Fields that are shown at once; others too where the log has them. */
const FIRST = ["lot", "operation", "work_center", "unit", "start", "end", "product"];
const GUESS = "?";
const NONE = "";
/** Choices of a setting; none: free text. @type {Record<string, string[]>} */
const CHOICES = {
  time_format: ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"],
  time_zone: ["Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "Europe/London", "America/New_York",
    "America/Chicago", "America/Los_Angeles", "UTC"],
  duration_unit: ["s", "min", "h"],
  encoding: ["utf-8", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "utf-16"],
  separator: [",", ";", "|"],
  sheet: [],
  lot_type: [],
};
const CLOSED = new Set(["duration_unit"]); // nothing but its choices is right

/**
 * @param {HTMLElement} host
 * @param {string} name
 * @param {(text: string) => Promise<void>} done
 * @param {(problem: unknown) => void} failed
 */
export async function showColumns(host, name, done, failed) {
  let turn = 0;
  /** @param {() => Promise<Reading>} asked @param {(reading: Reading) => Promise<void>} [then] */
  const act = async (asked, then) => {
    const mine = ++turn;
    host.setAttribute("aria-busy", "true");
    try {
      const reading = await asked();
      if (mine !== turn) return;
      draw(reading);
      await then?.(reading);
    } catch (problem) {
      failed(problem);
    } finally {
      host.removeAttribute("aria-busy");
    }
  };
  /** @param {Reading} reading */
  const draw = (reading) => {
    const open = host.querySelector("details.more-fields")?.hasAttribute("open") ?? false;
    const focused = document.activeElement?.getAttribute("name");
    const form = formOf(reading, open);
    form.addEventListener("change", () => act(() => tryColumns(name, columnsOf(form, reading))));
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      act(() => saveColumns(name, columnsOf(form, reading)), (saved) => done(`${t("columns_saved")} ${saved.file}`));
    });
    const forget = form.querySelector("[data-forget]");
    forget?.addEventListener("click", () => act(() => forgetColumns(name), () => done(t("columns_forgotten"))));
    host.replaceChildren(form);
    if (focused) /** @type {any} */ (form.elements)[focused]?.focus();
  };
  try {
    draw(await readColumns(name));
  } catch (problem) {
    if (!(problem instanceof Refused) || problem.status !== 422) throw problem;
    const again = h("button", { type: "button", onclick: () => act(() => forgetColumns(name), () => done(t("columns_forgotten"))) }, t("columns_forget"));
    host.replaceChildren(h("div", { class: "study" }, h("h3", {}, t("columns_title")), h("p", { class: "fault" }, problem.message), again));
  }
}

/** @param {Reading} reading @param {boolean} open */
function formOf(reading, open) {
  const said = reading.asked.fields;
  const shown = reading.names.filter((name) => FIRST.includes(name) || name in reading.used || name in said);
  const rest = reading.names.filter((name) => !shown.includes(name));
  /** @param {string[]} names */
  const fields = (names) => h("div", { class: "fields" }, ...names.map((name) => fieldOf(name, reading)));
  return h(
    "form",
    { class: "study columns", novalidate: true },
    h("h3", {}, t("columns_title")),
    h("p", { class: "about" }, t("columns_about")),
    reading.problem ? h("p", { class: "fault", role: "alert" }, `${t("columns_bad")}: ${reading.problem}`) : summary(reading),
    fields(shown),
    reading.unmapped.length ? h("p", { class: "help unread" }, `${t("columns_unread")} ${reading.unmapped.join(", ")}`) : null,
    h(
      "details",
      { class: "more-fields", open: open || Object.values(reading.asked.settings).some((one) => one && Object.keys(one).length) },
      h("summary", {}, t("columns_more")),
      fields(rest),
      h("h4", {}, t("columns_settings")),
      h("div", { class: "fields" }, ...Object.keys(CHOICES).map((name) => settingOf(name, reading)), kindsOf(reading)),
    ),
    findings(reading),
    h(
      "p",
      { class: "links" },
      h("button", { type: "submit", class: "primary" }, t("columns_save")),
      reading.file ? h("button", { type: "button", "data-forget": "" }, t("columns_forget")) : null,
      reading.file ? h("span", { class: "help" }, `${t("columns_file")} ${reading.file}`) : null,
    ),
  );
}

/** @param {Reading} reading */
function summary(reading) {
  const days = [reading.start, reading.end].map((time) => (time ?? "").replace("T", " ").slice(0, 16));
  return h("p", { class: "help counts" }, `${t("rows")} ${reading.rows} · ${t("lots")} ${reading.lots} · ${days.join(" – ")}`);
}

/** @param {string} name @param {Reading} reading */
function fieldOf(name, reading) {
  const said = reading.asked.fields;
  const found = name in said ? null : (reading.used[name] ?? t("columns_none"));
  const guess = h("option", { value: GUESS }, found === null ? t("columns_guess") : `${t("columns_guess")} ${found}`);
  const none = h("option", { value: NONE }, t("columns_none"));
  const columns = [...new Set([...reading.columns, said[name]])].filter((column) => column);
  const options = columns.map((column) => h("option", { value: `=${column}` }, column));
  const select = h("select", { name: `field:${name}`, "aria-label": t(`field_${name}`) }, guess, none, ...options);
  select.value = !(name in said) ? GUESS : said[name] === null ? NONE : `=${said[name]}`;
  return h("label", { class: name in said ? "said" : null }, h("span", { class: "title" }, t(`field_${name}`)), select);
}

/** @param {string} name @param {Reading} reading */
function settingOf(name, reading) {
  const value = reading.asked.settings[name] ?? "";
  const choices = CHOICES[name] ?? [];
  const title = h("span", { class: "title" }, t(`setting_${name}`));
  if (CLOSED.has(name)) {
    const options = choices.map((one) => h("option", { value: one }, one));
    const select = h("select", { name: `setting:${name}` }, h("option", { value: "" }, t("by_default")), ...options);
    select.value = value;
    return h("label", {}, title, select);
  }
  const list = `choices-${name}`;
  const input = h("input", { name: `setting:${name}`, type: "text", value, list, placeholder: t("by_default") });
  return h("label", {}, title, input, h("datalist", { id: list }, ...choices.map((one) => h("option", { value: one }))));
}

/** @param {Reading} reading */
function kindsOf(reading) {
  const text = Object.entries(reading.asked.settings.kinds ?? {}).map(([word, kind]) => `${word} = ${kind}`).join("; ");
  const input = h("input", { name: "setting:kinds", type: "text", value: text, placeholder: "S = setup; P = process" });
  return h("label", {}, h("span", { class: "title" }, t("setting_kinds")), input);
}

/** @param {Reading} reading */
function findings(reading) {
  if (reading.problem) return null;
  if (!reading.quality.length) return h("p", { class: "help" }, t("no_findings"));
  const heads = ["found", "count", "done", "remedy"].map((name) => h("th", { scope: "col" }, t(`finding_${name}`)));
  const rows = reading.quality.map((one) => {
    const share = one.share === null ? "" : ` (${(100 * one.share).toFixed(1)} %)`;
    return h("tr", {}, h("td", {}, one.found), h("td", {}, `${one.count} ${one.of}${share}`), h("td", {}, one.done), h("td", {}, one.remedy));
  });
  return h(
    "details",
    {},
    h("summary", {}, `${t("findings")} (${rows.length})`),
    h("div", { class: "wide" }, h("table", { class: "plain", lang: "en" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows))),
  );
}

/** @param {HTMLFormElement} form @param {Reading} reading @returns {Columns} */
function columnsOf(form, reading) {
  /** @type {Columns} */
  const found = { fields: {}, settings: {} };
  const data = new FormData(form);
  for (const name of reading.names) {
    const value = String(data.get(`field:${name}`) ?? GUESS);
    if (value !== GUESS) found.fields[name] = value === NONE ? null : value.slice(1);
  }
  for (const name of Object.keys(CHOICES)) {
    const value = String(data.get(`setting:${name}`) ?? "");
    if (value) found.settings[name] = value;
  }
  const kinds = String(data.get("setting:kinds") ?? "").split(";").map((part) => part.split("=").map((one) => one.trim()));
  found.settings.kinds = Object.fromEntries(kinds.filter((pair) => pair.length === 2 && pair[0] && pair[1]));
  return found;
}
