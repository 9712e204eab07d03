// The page's language: as chosen here, which the address then says (?lang=zh); else as the browser's.
window.admaganLanguage = (chosen) => {
  const address = new URL(location);
  if (chosen) {
    address.searchParams.set("lang", chosen);
    history.replaceState(null, "", address);
  }
  const wanted = address.searchParams.get("lang") || navigator.language || "en";
  document.documentElement.lang = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  return document.documentElement.lang;
};
window.admaganLanguage();
