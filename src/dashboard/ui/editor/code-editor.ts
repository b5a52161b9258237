/**
 * The editor for SQL, in a chunk of its own: CodeMirror is larger than the rest of the pages.
 * Its styles live in a shadow root, as sheets of the program: the policy of the page allows no `<style>`.
 */
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { keywordCompletionSource, PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { SchemaTable } from '../../../index.js';
import { completionsOf, wordBefore } from './completions.js';

/** A running editor. */
export interface CodeEditor {
  /** Puts another text in it, unless it has that already. */
  readonly show: (text: string) => void;
  readonly end: () => void;
}

/** What an editor is started with. */
export interface CodeEditorOptions {
  readonly text: string;
  /** The tables whose names are offered, at the moment. */
  readonly tables: () => readonly SchemaTable[];
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/** Starts an editor in an element. */
export function createCodeEditor(
  parent: HTMLElement,
  { text, tables, onChange, onRun }: CodeEditorOptions,
): CodeEditor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open', delegatesFocus: true });
  const run = (): boolean => {
    onRun();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        // Tab takes a name that is offered, and otherwise leaves the field, as in every form.
        keymap.of([
          { key: 'Mod-Enter', run },
          { key: 'Tab', run: acceptCompletion },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL', autocapitalize: 'off', spellcheck: 'false' }),
        sql({ dialect: PostgreSQL }),
        autocompletion({
          override: [namesOf(tables), keywordCompletionSource(PostgreSQL, true)],
          // Names count as soon as they are shown: else Tab would leave the field for 75 ms.
          interactionDelay: 0,
        }),
        syntaxHighlighting(COLOURS),
        THEME,
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) onChange(state.doc.toString());
        }),
      ],
    }),
  });
  return {
    show: (wanted) => {
      const { doc } = view.state;
      if (doc.toString() !== wanted)
        view.dispatch({
          changes: { from: 0, to: doc.length, insert: wanted },
          selection: { anchor: wanted.length },
        });
    },
    end: () => view.destroy(),
  };
}

/** Offers names of the loaded tables and their columns, before keywords. */
const namesOf =
  (tables: CodeEditorOptions['tables']) =>
  ({ state, pos }: CompletionContext): CompletionResult | null => {
    const text = state.doc.toString();
    const names = completionsOf(text, pos, tables());
    if (names.length === 0) return null;
    return {
      from: pos - wordBefore(text, pos).length,
      filter: false,
      options: names.map((label, i) => ({ label, boost: 90 - i })),
    };
  };

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--quiet)', fontStyle: 'italic' },
]);

const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--paper)', borderRadius: '8px', color: 'var(--ink)', fontSize: '14px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', minHeight: '150px', maxHeight: '50vh' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--paper)',
    color: 'var(--quiet)',
    border: '0',
    borderRadius: '8px 0 0 8px',
    paddingLeft: '4px',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selection)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--paper)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '13px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 12px', color: 'var(--ink)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--paper)',
  },
  '.cm-completionIcon': { display: 'none' },
});
