"""Our runs beside the paper's numbers.

- `catalogue`: the cells of the paper's tables, and what is run in each; `paper`: every number of it, once.
- `evidence`: the runs that a chapter speaks of.
- `tables`, `stats`: what they say together; `scoreboard`: all of it, with what it cost.
- `report`: tables of results, as text and for a page.
"""
