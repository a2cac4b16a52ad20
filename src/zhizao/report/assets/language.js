// @ts-check
/** The language of the page in which a chart stands. @returns {"en" | "zh"} */
export const language = () => (document.documentElement.lang.startsWith("zh") ? "zh" : "en");
