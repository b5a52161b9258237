/** The field for SQL: an editor, and a plain field where its program does not load. */
import { type Signal, signal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { schema } from '../state.js';
import type { CodeEditor, createCodeEditor } from './code-editor.js';
import { SqlField } from './sql-field.js';

/** What starts an editor; undefined before the answer. */
const program = signal<typeof createCodeEditor | 'missing' | undefined>(undefined);

async function loadProgram(): Promise<void> {
  try {
    const loaded = await import('./code-editor.js');
    program.value = loaded.createCodeEditor;
  } catch {
    program.value = 'missing';
  }
}

/** The field. Ctrl + Enter runs. */
export function SqlEditor(props: { readonly sql: Signal<string>; readonly onRun: () => void }) {
  useEffect(() => {
    if (program.value === undefined) void loadProgram();
  }, []);
  const { value: start } = program;
  if (start === undefined) return <div class="editor waiting" />;
  return start === 'missing' ? <SqlField {...props} /> : <Editor {...props} start={start} />;
}

function Editor({
  sql,
  onRun,
  start,
}: {
  readonly sql: Signal<string>;
  readonly onRun: () => void;
  readonly start: typeof createCodeEditor;
}) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor>(undefined);
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const started = start(current, {
      text: sql.value,
      tables: () => schema.value?.tables ?? [],
      onChange: (text) => {
        sql.value = text;
      },
      onRun,
    });
    editor.current = started;
    return () => started.end();
  }, []);
  useSignalEffect(() => editor.current?.show(sql.value));
  return <div class="editor code" ref={place} />;
}
