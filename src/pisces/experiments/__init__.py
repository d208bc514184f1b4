"""Our runs beside the paper's numbers.

- `cell`: one cell of a table; `paper`: every number of the paper, once.
- `catalogue`: all experiments; `reproductions`: those of the paper; `questions`: those of this book;
  `jumping_cells`: how both write down their cells.
- `search`: the choice of the recipe's settings.
- `evidence`: the runs that a chapter speaks of.
- `tables`, `stats`: what they say together; `scoreboard`: all of it, with what it cost.
- `report`: tables of results, as text and for a page.
"""
