/** Rows of a query as a table. Values are text nodes: they are the texts of strangers. */
import type { ComponentChildren } from 'preact';
import type { RowsAnswer } from '../../answers.js';
import { isNumeric } from '../charts/chart-of.js';
import { count } from '../words.js';
import { Scroll } from './scroll.js';

/** An address of the web as a link that tells nothing to its target, and everything else as it is. */
function linked(text: string): ComponentChildren {
  if (!/^https?:\/\/[^\s]+$/i.test(text)) return text;
  return (
    <a href={text} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}

/** The rows of an answer. */
export function RowsTable({ answer, label }: { readonly answer: RowsAnswer; readonly label: string }) {
  const { columns, rows, cut } = answer;
  const cuts = new Map(cut.map(({ row, column, characters }) => [`${row}/${column}`, characters]));
  return (
    <Scroll label={label}>
      <table class="rows">
        <thead>
          <tr>
            {columns.map(({ name, type }) => (
              <th key={name} scope="col" class={isNumeric(type) ? 'number' : undefined}>
                {name}
                <small>{type}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((text, column) => (
                <td
                  key={columns[column]!.name}
                  class={isNumeric(columns[column]!.type) ? 'number' : undefined}
                >
                  {text === null ? <span class="null">NULL</span> : linked(text)}
                  {cuts.has(`${at}/${column}`) ? (
                    <span class="null"> … {count(cuts.get(`${at}/${column}`)!)} characters</span>
                  ) : null}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
