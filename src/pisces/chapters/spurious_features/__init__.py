"""Chapter 10, spurious features: its `figures`; the linear system itself is `pisces.lqr`."""
