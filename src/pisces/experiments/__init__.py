"""Our runs beside the paper's numbers.

- `cell`: one cell of a table; `catalogue`: those of all experiments, and what is run in each; `paper`: every
  number of the paper, once.
- `search`: the choice of the recipe's settings.
- `evidence`: the runs that a chapter speaks of.
- `tables`, `stats`: what they say together; `scoreboard`: all of it, with what it cost.
- `report`: tables of results, as text and for a page.
"""
