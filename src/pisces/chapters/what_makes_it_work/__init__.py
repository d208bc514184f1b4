"""Chapter 6, what makes it work.

- `representations`: where the networks of finished runs put states, in a file; `alignment`: what they keep of
  the metric.
- `effects`: what changing one setting does.
- `figures`: both drawn.
"""
