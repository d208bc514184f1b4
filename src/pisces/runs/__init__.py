"""Many runs, of any kind: how they are called, made and kept, and whether they come out again.

- `kinds`: of runs, as a table; `units`: of their scores.
- `identity`: the key of a run; `probes`: tiny runs whose numbers guard what a key stands for.
- `making`: one run, in a folder; `origin`: where and with what it was made.
- `store`: folders of runs; `archive`: the results of many in one file, which comes with the package; `kept`:
  what was measured of their networks, in files of its own; `parquet`: how any such file is read and written.
- `sweep`: many runs in parallel, resumable; `engine`: the processes that make them, here or on a cluster.
- `verify`: committed runs made again.
"""
