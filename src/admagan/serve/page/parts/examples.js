element.addEventListener("click", (event) => {
  const example = event.target.closest(".ag-example");
  if (example) trigger("pick", { index: Number(example.dataset.index) });
});
