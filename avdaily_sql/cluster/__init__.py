"""The embedded server: a PostgreSQL of our own, started on demand, its data kept between runs."""
