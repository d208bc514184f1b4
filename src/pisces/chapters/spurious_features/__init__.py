"""Chapter 9, spurious features: its `figures`; the linear system itself is `pisces.lqr`."""
