/** Tables and their references: a drawing, and the same as a list. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SchemaTable } from '../../../index.js';
import { hrefOf } from '../address.js';
import { boxesOf } from '../diagram/boxes.js';
import { Drawing } from '../diagram/drawing.js';
import { type Link, linksOf } from '../diagram/links.js';
import type { Placed } from '../diagram/place-boxes.js';
import { saveText } from '../diagram/save-text.js';
import { svgText } from '../diagram/svg-text.js';
import { Empty } from '../parts/failure.js';
import { Scroll } from '../parts/scroll.js';
import { fileName, schema } from '../state.js';
import { counted } from '../words.js';

/** What the page is drawn from: placed boxes of these very tables. */
const placed = signal<{ readonly of: readonly SchemaTable[]; readonly placed: Placed } | undefined>(
  undefined,
);
/** Whether the chunk that finds places did not load; the list below needs none. */
const isMissing = signal(false);
const zoom = signal(1);
const wanted = signal('');

const [SMALLEST, LARGEST] = [0.1, 4];
const zoomTo = (wanted_zoom: number): void => {
  zoom.value = Math.min(LARGEST, Math.max(SMALLEST, Math.round(wanted_zoom * 100) / 100));
};

async function place(tables: readonly SchemaTable[], links: readonly Link[]): Promise<void> {
  try {
    const { placeBoxes } = await import('../diagram/place-boxes.js');
    placed.value = { of: tables, placed: placeBoxes(boxesOf(tables, measure()), links) };
  } catch {
    isMissing.value = true;
  }
}

/** Measures texts as the drawing shows them. */
function measure(): (text: string) => number {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return (text) => text.length * 8;
  context.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  return (text) => context.measureText(text).width;
}

/** Draws the page. */
export function Diagram() {
  const tables = schema.value?.tables;
  const links = tables === undefined ? [] : linksOf(tables);
  useEffect(() => {
    if (tables !== undefined && tables.length > 0 && placed.value?.of !== tables) void place(tables, links);
  }, [tables]);
  if (tables === undefined) return <p class="quiet">Reading …</p>;
  return (
    <>
      <div class="heading">
        <h1>Diagram</h1>
        {tables.length === 0 ? null : <Tools />}
      </div>
      {tables.length === 0 ? (
        <Empty title="No tables yet." hint="Run `xano load` in a terminal." />
      ) : (
        <>
          <p class="quiet" role="status">
            {statusWords(tables, links)}
          </p>
          <Canvas links={links} tables={tables} />
          <References links={links} />
        </>
      )}
    </>
  );
}

function statusWords(tables: readonly SchemaTable[], links: readonly Link[]): string {
  const words = `${counted(tables.length, 'table')}, ${counted(links.length, 'reference')}`;
  const asked = wanted.value.trim().toLowerCase();
  if (asked === '') return words;
  return `${counted(tables.filter(({ table }) => table.toLowerCase().includes(asked)).length, 'table')} found, of ${words}`;
}

function Tools() {
  return (
    <div class="tools">
      <label>
        <span class="unseen">Find a table</span>
        <input
          type="search"
          placeholder="Find a table"
          value={wanted.value}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="joined">
        <button type="button" aria-label="Zoom out" onClick={() => zoomTo(zoom.value / 1.25)}>
          −
        </button>
        <button type="button" title="Zoom to 100 %" onClick={() => zoomTo(1)}>
          {Math.round(zoom.value * 100)} %
        </button>
        <button type="button" aria-label="Zoom in" onClick={() => zoomTo(zoom.value * 1.25)}>
          +
        </button>
      </div>
      <button
        type="button"
        disabled={placed.value === undefined}
        onClick={() => {
          const svg = document.querySelector<SVGElement>('.diagram svg');
          if (svg !== null) saveText(svgText(svg), `${fileName.value || 'xano'}.svg`, 'image/svg+xml');
        }}
      >
        Download SVG
      </button>
    </div>
  );
}

const KEYS: Readonly<Record<string, () => number>> = {
  '+': () => zoom.value * 1.25,
  '=': () => zoom.value * 1.25,
  '-': () => zoom.value / 1.25,
  '0': () => 1,
};

function Canvas({
  links,
  tables,
}: {
  readonly links: readonly Link[];
  readonly tables: readonly SchemaTable[];
}) {
  const region = useRef<HTMLElement>(null);
  const drawn = placed.value?.of === tables ? placed.value.placed : undefined;
  const asked = wanted.value.trim().toLowerCase();
  useEffect(() => {
    const { current } = region;
    if (current === null || drawn === undefined) return;
    // A drawing that is too wide is shown whole, unless nobody could read it then.
    zoomTo(Math.min(1, Math.max(0.5, current.clientWidth / drawn.width)));
  }, [drawn]);
  useEffect(() => {
    const found = asked === '' ? undefined : drawn?.boxes.find(({ id }) => id.toLowerCase().includes(asked));
    const { current } = region;
    if (found === undefined || current === null) return;
    current.scrollTo(
      (found.x + found.width / 2) * zoom.value - current.clientWidth / 2,
      (found.y + found.height / 2) * zoom.value - current.clientHeight / 2,
    );
  }, [asked, drawn]);
  if (isMissing.value)
    return <Empty title="The drawing could not be loaded." hint="The list below has every reference." />;
  if (drawn === undefined) return <p class="quiet">Drawing …</p>;
  return (
    <>
      <section
        class="scroll diagram"
        aria-label="Diagram"
        aria-describedby="diagram-keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
        tabIndex={0}
        ref={region}
        onKeyDown={(event) => {
          const next = event.ctrlKey || event.metaKey ? undefined : KEYS[event.key];
          if (next === undefined) return;
          zoomTo(next());
          event.preventDefault();
        }}
        onPointerDown={(event) => drag(event)}
      >
        <Drawing placed={drawn} links={links} zoom={zoom.value} asked={asked} />
      </section>
      <p class="quiet small" id="diagram-keys">
        Arrow keys or dragging move the drawing; + and − zoom, 0 is 100 %. A table leads to its page.
      </p>
    </>
  );
}

/** Moves the drawing with the pointer. */
function drag({ currentTarget, target, clientX, clientY, pointerType, button }: PointerEvent): void {
  // A finger scrolls anyway.
  if (!(currentTarget instanceof HTMLElement) || pointerType === 'touch' || button !== 0) return;
  if (target instanceof Element && target.closest('a') !== null) return;
  const { scrollLeft, scrollTop } = currentTarget;
  const move = (event: PointerEvent): void =>
    currentTarget.scrollTo(scrollLeft + clientX - event.clientX, scrollTop + clientY - event.clientY);
  addEventListener('pointermove', move);
  addEventListener('pointerup', () => removeEventListener('pointermove', move), { once: true });
}

function References({ links }: { readonly links: readonly Link[] }) {
  return (
    <section>
      <h2>References</h2>
      {links.length === 0 ? (
        <Empty
          title="No column refers to another table."
          hint="Xano knows references by the type “table reference” of a field. An older load did not keep them: load again."
        />
      ) : (
        <Scroll label="References">
          <table>
            <thead>
              <tr>
                <th scope="col">Table</th>
                <th scope="col">Column</th>
                <th scope="col">Refers to</th>
              </tr>
            </thead>
            <tbody>
              {links.map(({ from, column, to, words, kind }) => (
                <tr key={`${from} ${column}`}>
                  <th scope="row">
                    <a href={hrefOf('tables', from)}>{from}</a>
                  </th>
                  <td>{kind === 'lists' ? 'lists in the rows' : column}</td>
                  <td>
                    {to === null ? words : <a href={hrefOf('tables', to)}>{to}</a>}
                    {kind === 'many' ? ', a list of rows' : ''}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
