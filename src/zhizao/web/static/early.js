// Before the first frame, so that it has the colours that were chosen last time.
const chosen = localStorage.getItem("zhizao-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
