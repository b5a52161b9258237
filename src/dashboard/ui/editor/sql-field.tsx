/** A plain field for SQL that completes names of tables and columns. */
import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { schema } from '../state.js';
import { completionsOf, wordBefore } from './completions.js';

/**
 * The field. Ctrl + Enter runs. While names are offered, Tab takes the first or the chosen one, arrows choose,
 * and Enter takes a chosen one: without a choice it stays the end of a line.
 */
export function SqlField({ sql, onRun }: { readonly sql: Signal<string>; readonly onRun: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const offered = useSignal<readonly string[]>([]);
  /** The chosen name; -1 before a choice. */
  const at = useSignal(-1);

  const take = (name: string): void => {
    const { current } = field;
    if (current === null) return;
    const end = current.selectionStart;
    const start = end - wordBefore(sql.value, end).length;
    sql.value = sql.value.slice(0, start) + name + sql.value.slice(end);
    offered.value = [];
    current.value = sql.value;
    current.setSelectionRange(start + name.length, start + name.length);
    current.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const names = offered.value;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      offered.value = [];
      onRun();
    } else if (names.length === 0) return;
    else if (step !== undefined)
      at.value =
        at.value < 0 && step < 0 ? names.length - 1 : (at.value + step + names.length) % names.length;
    else if (event.key === 'Tab' || (event.key === 'Enter' && at.value >= 0))
      take(names[Math.max(0, at.value)]!);
    else if (event.key === 'Escape') offered.value = [];
    else return;
    event.preventDefault();
  };
  return (
    <div class="editor">
      <label class="unseen" for="sql">
        SQL
      </label>
      <textarea
        id="sql"
        ref={field}
        rows={6}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-autocomplete="list"
        aria-controls="names"
        aria-activedescendant={offered.value.length > 0 && at.value >= 0 ? `name-${at.value}` : undefined}
        value={sql.value}
        onInput={({ currentTarget: { value, selectionStart } }) => {
          sql.value = value;
          at.value = -1;
          offered.value = completionsOf(value, selectionStart, schema.value?.tables ?? []);
        }}
        onBlur={() => {
          offered.value = [];
        }}
        onKeyDown={onKeyDown}
      />
      <div id="names" role="listbox" aria-label="Names">
        {offered.value.map((name, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, and names the active one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={name}
            id={`name-${i}`}
            role="option"
            aria-selected={i === at.value}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(name)}
          >
            {name}
          </div>
        ))}
      </div>
    </div>
  );
}
