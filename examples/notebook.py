# A loaded file in marimo: marimo edit examples/notebook.py
# Needs `pip install marimo duckdb pandas matplotlib`; XANO_FILE names the file, xano.duckdb by default.
import marimo

app = marimo.App()


@app.cell
def _():
    import os

    import duckdb
    import marimo as mo

    file = os.environ.get("XANO_FILE", "xano.duckdb")

    def ask(sql, *values):
        """The rows of a query as a frame. The file is open only meanwhile, so that loads can swap tables in."""
        with duckdb.connect(file, read_only=True) as db:
            return db.execute(sql, values).df()

    return ask, mo


@app.cell
def _(ask, mo):
    tables = ask(
        "SELECT target_schema, target_table, rows, completeness, loaded_at FROM _xano.resources ORDER BY rows DESC, 2"
    )
    mo.ui.table(tables)
    return (tables,)


@app.cell
def _(ask, tables):
    largest = tables.iloc[0]
    name = ".".join('"' + part.replace('"', '""') + '"' for part in (largest.target_schema, largest.target_table))
    frame = ask(f"SELECT * FROM {name} LIMIT 1000")
    frame.head()
    return frame, name


@app.cell
def _(ask, name):
    months = ask(
        f"SELECT date_trunc('month', created_at) AS month, count(*) AS rows FROM {name} GROUP BY ALL ORDER BY ALL"
    )
    axes = months.plot(x="month", y="rows", kind="bar", title=f"{name} by month", legend=False)
    axes.figure
    return axes, months


if __name__ == "__main__":
    app.run()
