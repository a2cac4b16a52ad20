// @ts-check
/** What the page asks of the server to edit files. */
import { ask } from "../api.js";

/**
 * @typedef {{fields: Record<string, string | null>, settings: Record<string, any>}} Columns
 * @typedef {{check: string, found: string, count: number, of: string, share: number | null, done: string,
 *   remedy: string}} Finding
 * @typedef {{columns: string[], names: string[], asked: Columns, file: string | null, used: Record<string, string>,
 *   unmapped: string[], problem: string | null, rows: number, lots: number, start: string | null,
 *   end: string | null, quality: Finding[]}} Reading
 * @typedef {{file: string, line: number, where: string, found: string, right: string, nearest: string | null}} Fault
 * @typedef {{faults: Fault[], warnings: Fault[]}} Check
 * @typedef {{part: string, id: string, fields: {path: string, title: string, value: string, about: string}[]}} Entry
 * @typedef {{entries: Entry[], hash: string}} Form
 * @typedef {Check & {text: string, hash: string}} PlantText
 */

/** @param {string} name @param {string} route */
const at = (name, route) => `/api/files/${encodeURIComponent(name)}/${route}`;

/** @param {string} method @param {unknown} body */
const json = (method, body) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** @param {string} name @returns {Promise<Reading>} */
export const readColumns = (name) => ask(at(name, "columns"));

/** @param {string} name @param {Columns} columns @returns {Promise<Reading>} */
export const tryColumns = (name, columns) => ask(at(name, "columns"), json("POST", columns));

/** @param {string} name @param {Columns} columns @returns {Promise<Reading>} */
export const saveColumns = (name, columns) => ask(at(name, "columns"), json("PUT", columns));

/** @param {string} name @returns {Promise<Reading>} */
export const forgetColumns = (name) => ask(at(name, "columns"), { method: "DELETE" });

/** @param {string} name @returns {Promise<PlantText>} */
export const readText = (name) => ask(at(name, "text"));

/** @param {string} name @param {string} text @returns {Promise<Check>} */
export const checkText = (name, text) => ask(at(name, "text"), json("POST", { text }));

/** @param {string} name @param {string} text @param {string} hash @returns {Promise<PlantText>} */
export const saveText = (name, text, hash) => ask(at(name, "text"), json("PUT", { text, hash }));

/** @param {string} name @returns {Promise<Form>} */
export const readValues = (name) => ask(at(name, "values"));

/** @param {string} name @param {Record<string, string>} values @param {string} hash @returns {Promise<Form>} */
export const saveValues = (name, values, hash) => ask(at(name, "values"), json("PUT", { values, hash }));
