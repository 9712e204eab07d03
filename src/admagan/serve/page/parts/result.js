// Pictures: enlarge, download all, keep the seed.
element.addEventListener("click", (event) => {
  const dialog = element.querySelector("dialog");
  const figure = event.target.closest("figure");
  const keep = event.target.closest(".ag-keep");
  if (event.target.closest(".ag-enlarge")) {
    const link = figure.querySelector("a");
    Object.assign(dialog.querySelector("img"), { src: link.href, alt: figure.querySelector("img").alt });
    Object.assign(dialog.querySelector("a"), { href: link.href, download: link.download });
    dialog.showModal();
  } else if (event.target.closest(".ag-close")) {
    dialog.close();
  } else if (event.target.closest(".ag-all")) {
    for (const link of element.querySelectorAll("figure a")) link.click();
  } else if (keep) {
    trigger("keep", { seed: keep.dataset.seed });
  }
});
