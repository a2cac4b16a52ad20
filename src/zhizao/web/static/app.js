// @ts-check
/** The page: what is chosen, what is shown, and when it is asked for again. */
import * as api from "./api.js";
import { byId, h, size } from "./elements.js";
import { showFiles, takeUploads } from "./files.js";
import { fill, formOf } from "./forms.js";
import { isActive, showJobs } from "./jobs.js";
import { clearResult, showResult, showResultAgain } from "./result.js";
import { language, switchLanguage, t } from "./strings.js";

const POLL_MS = 700;

const state = {
  /** @type {api.FileInfo[]} */ files: [],
  /** @type {api.Job[]} */ jobs: [],
  /** @type {api.Study[]} */ studies: [],
  /** @type {string | null} */ file: null,
  /** @type {string | null} */ study: null,
  /** @type {string | null} the job whose result is shown, or will be once it has ended */ job: null,
  /** @type {api.Plant | null} */ plant: null,
  /** @type {{file: string, language: string, element: HTMLElement} | null} what edits the chosen file */ panel: null,
};

// ---------------------------------------------------------------- messages
/** @param {string} text @param {"good" | "bad"} kind */
function say(text, kind) {
  const said = byId("said");
  said.textContent = text;
  said.className = kind;
  said.hidden = !text;
}

/** @param {unknown} problem */
function fail(problem) {
  if (problem instanceof api.Refused) say(problem.message, "bad");
  else if (problem instanceof TypeError) say(t("lost"), "bad"); // what fetch throws where nobody answers
  else throw problem;
}

// ---------------------------------------------------------------- what is asked for again
async function refreshFiles() {
  state.files = await api.files();
  showFiles(state.files, state.file, (name) => chooseFile(name).catch(fail));
}

async function refreshJobs() {
  const before = new Map(state.jobs.map((job) => [job.id, job]));
  state.jobs = await api.jobs();
  drawJobs();
  const over = state.jobs.filter((job) => !isActive(job) && isActive(before.get(job.id) ?? job));
  if (over.some((job) => job.outputs.length)) await refreshFiles();
  for (const job of over) {
    if (job.id !== state.job) continue;
    if (job.result) await showJob(job);
    else say(job.message, "bad");
  }
}

const drawJobs = () => showJobs(state.jobs, state.job, (job) => showJob(job).catch(fail), (job) => cancel(job).catch(fail));

async function poll() {
  try {
    if (state.jobs.some(isActive)) await refreshJobs();
  } catch (problem) {
    fail(problem);
  } finally {
    setTimeout(poll, POLL_MS);
  }
}

// ---------------------------------------------------------------- acts
/** @param {string} name */
async function chooseFile(name) {
  const file = state.files.find((one) => one.name === name);
  if (!file) return;
  if (file.kind === "columns" && state.files.some((one) => one.name === name.replace(/\.columns\.yaml$/i, ""))) {
    return chooseFile(name.replace(/\.columns\.yaml$/i, "")); // it is shown and changed at its log
  }
  Object.assign(state, { file: name, study: null, job: null, plant: null, panel: null });
  history.replaceState(null, "", `#file=${encodeURIComponent(name)}`);
  say("", "good");
  clearResult();
  showFiles(state.files, name, (other) => chooseFile(other).catch(fail));
  drawJobs();
  drawWork();
  if (file.kind === "plant") await learnOfPlant(name);
}

/** @param {api.Job} job */
async function showJob(job) {
  state.job = job.id;
  say(job.message, job.status === "done" ? "good" : "bad");
  drawJobs();
  if (job.study === "watch" && job.result) await watch(job.result, job.inputs.plant);
  else await showResult(job, (name) => chooseFile(name).catch(fail), (next) => follow(next).catch(fail));
  byId("result-title")?.focus({ preventScroll: true });
  byId("result").scrollIntoView({ block: "start" });
}

/** The plant view, whose code is loaded once somebody wants it. @param {string} result @param {string} file */
async function watch(result, file) {
  clearResult();
  if (state.study === "watch") {
    state.study = null; // its form would stand above the view
    drawWork();
  }
  const { showPlant } = await import("./plant/view.js");
  await showPlant(byId("result"), result, file, say);
}

/** @param {api.Job} job */
async function cancel(job) {
  await api.cancel(job.id);
  await refreshJobs();
}

/** @param {api.Study} study @param {Record<string, string>} inputs @param {Record<string, unknown>} options */
async function run(study, inputs, options) {
  say(t("starting"), "good");
  clearResult();
  await follow(await api.run(study.name, inputs, options));
}

/** Show a job that was asked for, once it has ended. @param {api.Job} job */
async function follow(job) {
  state.job = job.id;
  state.jobs = [job, ...state.jobs.filter((one) => one.id !== job.id)];
  say("", "good");
  drawJobs();
  if (!isActive(job)) await showJob(job);
}

// ---------------------------------------------------------------- the chosen file
function drawWork() {
  const file = state.files.find((one) => one.name === state.file);
  const before = byId("work").querySelector("form");
  const focused = focusedIn(byId("work"));
  byId("work").replaceChildren(...(file ? workOf(file) : [welcome()]));
  const form = byId("work").querySelector("form");
  if (before && form?.id === before.id) fill(form, before); // another language, or more is known of the file
  if (focused) byId("work").querySelector(focused)?.focus();
}

/** @param {HTMLElement} part @returns {string | null} a selector of what has the focus within it */
function focusedIn(part) {
  const now = document.activeElement;
  if (!now || !part.contains(now)) return null;
  const study = now.getAttribute("data-choose");
  if (study) return `[data-choose="${CSS.escape(study)}"]`;
  return now.id ? `#${CSS.escape(now.id)}` : null;
}

/** Whether a study can begin with this file: it needs one of its kind, or nothing else. @param {api.Study} study @param {api.FileInfo} file */
function takes(study, file) {
  const needed = study.inputs.filter((one) => one.required);
  return (needed.length ? needed : study.inputs).some((one) => one.kind === file.kind);
}

/** @param {api.FileInfo} file */
function workOf(file) {
  const offered = state.studies.filter((study) => takes(study, file));
  const study = offered.find((one) => one.name === state.study);
  return [
    h(
      "div",
      { class: "file-head" },
      h("h2", {}, state.plant?.name ?? file.name),
      h("a", { href: `/api/files/${encodeURIComponent(file.name)}`, download: file.name }, t("download")),
    ),
    h("p", { class: "subtitle" }, aboutFile(file)),
    state.plant?.warnings.length ? warnings(state.plant) : null,
    actsOf(offered, study, file),
    study
      ? formOf(study, file, state.files, state.plant, (inputs, options) => run(study, inputs, options).catch(fail))
      : null,
    study && ofTables(study) ? null : panelOf(file), // such a study reads no event log
  ].filter((part) => part !== null);
}

/** Whether a study reads tables or files of its own, and no plant. @param {api.Study} study */
const ofTables = (study) => study.group !== "plant";

/** Buttons of the studies; under headings where they are of several groups. @param {api.Study[]} offered @param {api.Study | undefined} chosen @param {api.FileInfo} file */
function actsOf(offered, chosen, file) {
  /** @param {api.Study} one */
  const button = (one) =>
    h(
      "button",
      {
        type: "button",
        "data-choose": one.name,
        "aria-pressed": String(one === chosen),
        onclick: () => {
          state.study = one.name;
          drawWork(); // keeps the focus on this button
          if (one.name === "watch") run(one, { plant: file.name }, {}).catch(fail); // nobody has to fill in a form for a look
        },
      },
      t(one.name),
    );
  const groups = [...new Set(offered.map((one) => one.group))];
  if (groups.length < 2) return h("div", { class: "acts", role: "group", "aria-label": file.name }, ...offered.map(button));
  const rows = groups.map((group) => {
    const id = `group-${group}`;
    const buttons = offered.filter((one) => one.group === group).map(button);
    return h("div", { class: "acts", role: "group", "aria-labelledby": id }, h("span", { class: "group", id }, t(id.replace("-", "_"))), ...buttons);
  });
  return h("div", { class: "grouped" }, ...rows);
}

/** What shows how the file is read, and edits it; it stays while studies are chosen. @param {api.FileInfo} file */
function panelOf(file) {
  const before = state.panel;
  if (before?.file === file.name && before.language === language()) return before.element;
  const element = h("div", { class: "panel" });
  state.panel = { file: file.name, language: language(), element };
  drawPanel(element, file).catch(fail);
  return element;
}

/** The code is loaded once somebody wants it. @param {HTMLElement} element @param {api.FileInfo} file */
async function drawPanel(element, file) {
  if (file.kind === "log") {
    const { showColumns } = await import("./edit/columns.js");
    await showColumns(element, file.name, async (text) => {
      await refreshFiles();
      say(text, "good");
    }, fail);
  } else if (file.kind === "plant") {
    const [{ offerText }, { offerValues }] = await Promise.all([import("./edit/text.js"), import("./edit/values.js")]);
    /** @param {string} text */
    const done = async (text) => {
      await refreshFiles();
      await learnOfPlant(file.name);
      say(text, "good");
    };
    offerValues(element, file.name, done, fail);
    offerText(element, file.name, done, fail);
  }
}

/** @param {string} name */
async function learnOfPlant(name) {
  try {
    const plant = await api.plant(name);
    if (state.file !== name) return;
    state.plant = plant;
    drawWork();
  } catch (problem) {
    fail(problem);
  }
}

/** @param {api.FileInfo} file */
function aboutFile(file) {
  const plant = state.plant;
  if (!plant) return `${file.name} · ${size(file.size)}`;
  const counts = Object.entries({ ...plant.counts, measures_count: plant.measures.length });
  return [file.name, ...counts.map(([what, n]) => `${t(what)} ${n}`)].join(" · ");
}

/** @param {api.Plant} plant */
function warnings(plant) {
  const lines = plant.warnings.map((one) => h("li", {}, `${one.file}:${one.line} ${one.where}: ${one.found}; ${one.right}`));
  return h("details", { class: "warnings" }, h("summary", {}, `${t("warnings")} (${lines.length})`), h("ul", {}, ...lines));
}

function welcome() {
  const steps = ["step_1", "step_2", "step_3", "step_4"].map((key) => h("li", {}, t(key)));
  return h("div", { class: "welcome" }, h("h2", {}, t("welcome")), h("ol", {}, ...steps));
}

// ---------------------------------------------------------------- language and colours
function drawTexts() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.text ?? "");
  }
  byId("language").textContent = t("language");
  byId("language").lang = language() === "zh" ? "en" : "zh";
  drawTheme();
  showFiles(state.files, state.file, (name) => chooseFile(name).catch(fail));
  drawJobs();
  drawWork();
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

const drawTheme = () => (byId("theme").textContent = t(isDark() ? "theme_to_light" : "theme_to_dark"));

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("zhizao-theme", theme);
  drawTheme();
});
byId("language").addEventListener("click", () => {
  switchLanguage();
  drawTexts();
  showResultAgain().catch(fail);
});

// ---------------------------------------------------------------- begin
takeUploads(async (name) => {
  await refreshFiles();
  await chooseFile(name);
  say(`${t("uploaded")} ${name}`, "good");
}, fail);
drawTexts();
try {
  [state.studies, state.files, state.jobs] = await Promise.all([api.studies(), api.files(), api.jobs()]);
  drawTexts();
  const asked = new URLSearchParams(location.hash.slice(1)).get("file");
  if (asked) await chooseFile(asked);
} catch (problem) {
  fail(problem);
}
poll();
