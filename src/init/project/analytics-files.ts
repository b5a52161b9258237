/** Minimal projects of dbt and Evidence on the DuckDB file. Pure. */
import type { ProjectFacts } from './project-facts.js';
import type { TimerFile } from './timer-files.js';

/** A name as dbt takes it. */
const dbtName = (name: string): string => `xano_${name.replace(/\W/g, '_').toLowerCase()}`;

/** A dbt project for dbt-duckdb; `xano export dbt` writes its sources. */
export function dbtFiles({ name }: ProjectFacts, file: string): TimerFile[] {
  return [
    {
      file: 'dbt/dbt_project.yml',
      text: `# A dbt project on the copy: pip install dbt-duckdb, then dbt build in this folder.
name: ${dbtName(name)}
version: '1.0'
config-version: 2
profile: xano
model-paths: [models]
`,
    },
    {
      file: 'dbt/profiles.yml',
      text: `# Where dbt finds the copy; XANO_DUCKDB names another file.
xano:
  target: copy
  outputs:
    copy:
      type: duckdb
      path: "{{ env_var('XANO_DUCKDB', '../${file}') }}"
      schema: analytics
      threads: 1
`,
    },
    {
      file: 'dbt/models/loads.sql',
      text: `-- When each table was loaded, and whether its rows are proved to be complete.
select resource, target_schema, target_table, "rows", completeness, loaded_at
from _xano.resources
`,
    },
  ];
}

/** An Evidence project: the connection, one query and one page. */
export function evidenceFiles({ name }: ProjectFacts, file: string): TimerFile[] {
  return [
    {
      file: 'evidence/sources/xano/connection.yaml',
      text: `# The connection of Evidence to the copy: npx degit evidence-dev/template into this folder first, then npm run sources.
name: xano
type: duckdb
options:
  filename: ../../../${file}
`,
    },
    {
      file: 'evidence/sources/xano/loads.sql',
      text: `-- When each table was loaded, for pages/index.md.
select target_table, "rows", completeness, loaded_at from _xano.resources order by target_table
`,
    },
    {
      file: 'evidence/pages/index.md',
      text: `---
title: ${name}
---

<!-- The first page: when each table was loaded, and whether its rows are proved to be complete. -->

\`\`\`sql loads
select * from xano.loads
\`\`\`

<DataTable data={loads} />
`,
    },
  ];
}
