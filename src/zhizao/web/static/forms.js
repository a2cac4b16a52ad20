// @ts-check
/** The form of a study, made from its inputs and the JSON Schema of its options. */
import { h } from "./elements.js";
import { help, optionTitle, t } from "./strings.js";

/**
 * @typedef {import("./api.js").FileInfo} FileInfo
 * @typedef {import("./api.js").Plant} Plant
 * @typedef {import("./api.js").Schema} Schema
 * @typedef {import("./api.js").Study} Study
 */

/** Options that are shown at once; the others are one click away. */
const FIRST = new Set(["measures", "days", "replications", "goal", "budget", "seconds", "objective", "releases", "change", "onset"]);

/** Options that are chosen by hand elsewhere: on the chart of a plan. */
const ELSEWHERE = new Set(["pinned"]);

/** Id of the list of columns that the file has. */
const COLUMNS = "columns-of-file";

/**
 * @param {Study} study
 * @param {FileInfo} file the file that was chosen: the first input of its kind
 * @param {FileInfo[]} files
 * @param {Plant | null} plant
 * @param {(inputs: Record<string, string>, options: Record<string, unknown>) => void} run
 */
export function formOf(study, file, files, plant, run) {
  const preset = study.inputs.find((input) => input.kind === file.kind)?.role;
  const inputs = study.inputs
    .filter((input) => input.role !== preset)
    .map((input) => roleField(input, files.filter((one) => one.kind === input.kind && one.name !== file.name)));
  const shown = Object.entries(study.options.properties).filter(([name]) => !ELSEWHERE.has(name));
  const fields = shown.map(([name, schema]) => ({ name, field: optionField(study, name, schema, plant) }));
  /** @param {{name: string}} one */
  const isFirst = (one) => FIRST.has(one.name) || isRequired(study, one.name);
  const first = fields.filter(isFirst);
  const rest = fields.filter((one) => !isFirst(one));
  const form = h(
    "form",
    { class: "study", id: `form:${study.name}:${file.name}` },
    h("p", { class: "about" }, t(`about_${study.name}`)),
    h("div", { class: "fields" }, ...inputs, ...first.map((one) => one.field)),
    rest.length
      ? h("details", {}, h("summary", {}, t("more")), h("div", { class: "fields" }, ...rest.map((one) => one.field)))
      : null,
    h("button", { type: "submit", class: "primary" }, t("run")),
  );
  if (form.querySelector(`[list="${COLUMNS}"]`)) offerColumns(form, file.name);
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = preset ? { [preset]: file.name } : {};
    run({ ...given, ...inputsOf(form) }, optionsOf(form, study.options.properties));
  });
  return form;
}

/** Propose the columns of a table where one is to be named. @param {HTMLFormElement} form @param {string} name */
async function offerColumns(form, name) {
  const { readColumns } = await import("./edit/calls.js");
  const found = await readColumns(name).catch(() => null); // without proposals a column can be named all the same
  const options = (found?.columns ?? []).map((value) => h("option", { value }));
  form.append(h("datalist", { id: COLUMNS }, ...options));
}

/** @param {import("./api.js").Input} input @param {FileInfo[]} files */
function roleField(input, files) {
  const none = h("option", { value: "" }, t(input.required ? "choose" : "none"));
  const options = files.map((one) => h("option", { value: one.name }, one.name));
  const select = h("select", { name: `input:${input.role}`, required: input.required }, none, ...options);
  if (input.required && files.length === 1) select.value = files[0]?.name;
  return h("label", {}, h("span", { class: "title" }, t(`role_${input.role}`)), select);
}

/** The part of a schema that is not null. @param {Schema} schema @returns {Schema} */
const filled = (schema) => schema.anyOf?.find((one) => one.type !== "null") ?? schema;

/** @param {Study} study @param {string} name */
const isRequired = (study, name) => (study.options.required ?? []).includes(name);

/** @param {Study} study @param {string} name @param {Schema} schema @param {Plant | null} plant */
function optionField(study, name, schema, plant) {
  const said = help(study.name, name, schema.description);
  if (name === "measures") return measureField(plant);
  const describedBy = `help-${name}`;
  const title = h("span", { class: "title" }, optionTitle(study.name, name));
  const note = h("span", { class: "help", id: describedBy }, said);
  return h("label", {}, title, control(name, schema, describedBy, isRequired(study, name)), note);
}

/** @param {string} name @param {Schema} schema @param {string} describedBy @param {boolean} required */
function control(name, schema, describedBy, required) {
  const kind = filled(schema);
  const shared = { name: `option:${name}`, "aria-describedby": describedBy };
  const unset = schema.default === null || schema.default === undefined;
  if (kind.enum || kind.type === "boolean") {
    const values = kind.enum ?? ["yes", "no"];
    const words = values.map((value) => h("option", { value }, kind.enum ? t(`value_${value}`) : t(value)));
    const select = h("select", shared, unset ? h("option", { value: "" }, t("by_default")) : null, ...words);
    if (!unset) select.value = schema.default;
    return select;
  }
  if (kind.type === "array") return h("input", { ...shared, type: "text", placeholder: t("separated") });
  if (kind.type === "string") {
    const type = kind.format === "date" ? "date" : "text";
    const list = kind.format === "column" ? COLUMNS : null;
    const placeholder = required ? t("column_name") : unset ? t("by_default") : null;
    return h("input", { ...shared, type, list, required, value: unset ? null : schema.default, placeholder });
  }
  return h("input", {
    ...shared,
    type: "number",
    step: kind.type === "integer" ? 1 : "any",
    min: kind.minimum ?? kind.exclusiveMinimum,
    max: kind.maximum,
    value: unset ? null : schema.default,
    placeholder: t("by_default"),
  });
}

/** @param {Plant | null} plant */
function measureField(plant) {
  const measures = plant?.measures ?? [];
  if (!measures.length) return h("p", { class: "help" }, t("no_measures"));
  const boxes = measures.map((one) =>
    h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", name: "measure", value: one.id }),
      h("span", {}, one.title === one.id ? one.id : `${one.title} (${one.id})`),
    ),
  );
  return h("fieldset", {}, h("legend", { class: "title" }, t("option_measures")), ...boxes);
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function inputsOf(form) {
  const found = [...new FormData(form)].filter(([name, value]) => name.startsWith("input:") && value !== "");
  return Object.fromEntries(found.map(([name, value]) => [name.slice("input:".length), String(value)]));
}

/** @param {HTMLFormElement} form @param {Record<string, Schema>} schemas */
function optionsOf(form, schemas) {
  /** @type {Record<string, unknown>} */
  const found = {};
  const data = new FormData(form);
  for (const [name, schema] of Object.entries(schemas)) {
    const kind = filled(schema);
    const text = data.get(`option:${name}`);
    if (name === "measures") found[name] = data.getAll("measure");
    else if (text === null || text === "") continue;
    else if (kind.type === "array") found[name] = String(text).split(",").map((one) => one.trim()).filter(Boolean);
    else if (kind.type === "boolean") found[name] = text === "yes";
    else found[name] = kind.type === "number" || kind.type === "integer" ? Number(text) : text;
  }
  return found;
}

/** Take over what stands in another form of the same fields. @param {HTMLFormElement} form @param {HTMLFormElement} before */
export function fill(form, before) {
  for (const old of /** @type {Iterable<any>} */ (before.elements)) {
    if (!old.name) continue;
    const fields = /** @type {any[]} */ ([...form.elements]);
    const field = fields.find((one) => one.name === old.name && (one.type !== "checkbox" || one.value === old.value));
    if (!field) continue;
    if (field.type === "checkbox") field.checked = old.checked;
    else field.value = old.value;
  }
  const details = form.querySelector("details");
  if (details) details.open = before.querySelector("details")?.open ?? false;
}
