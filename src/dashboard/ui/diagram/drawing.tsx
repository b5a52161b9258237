/** Draws boxes and references as SVG. */
import { hrefOf } from '../address.js';
import { counted } from '../words.js';
import { type BoxLine, LINE, type PlacedBox, pathOf, TITLE } from './boxes.js';
import type { Link } from './links.js';
import type { Placed } from './place-boxes.js';

/** The drawing. `asked`: boxes with this text in their name stand out. */
export function Drawing({
  placed: { boxes, width, height },
  links,
  zoom,
  asked,
}: {
  readonly placed: Placed;
  readonly links: readonly Link[];
  readonly zoom: number;
  readonly asked: string;
}) {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const isFound = (id: string): boolean => asked !== '' && id.toLowerCase().includes(asked);
  const words = `${counted(boxes.length, 'table')} and ${counted(links.length, 'reference')}, listed below.`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn
    <svg
      viewBox={`0 0 ${Math.ceil(width)} ${Math.ceil(height)}`}
      width={Math.ceil(width * zoom)}
      height={Math.ceil(height * zoom)}
      role="group"
      aria-label={words}
    >
      <g class="links">
        {links.map((link) => {
          const [from, to] = [byId.get(link.from), byId.get(link.to ?? '')];
          if (from === undefined || to === undefined) return null;
          const stands_out = isFound(link.from) || isFound(link.to ?? '');
          return (
            <g key={`${link.from} ${link.column}`} class={`${link.kind}${stands_out ? ' found' : ''}`}>
              <path d={pathOf(link, from, to)}>
                <title>{`${link.from}.${link.column} → ${link.to}`}</title>
              </path>
              <End at={pathOf(link, from, to)} />
            </g>
          );
        })}
      </g>
      {boxes.map((box) => (
        <TableBox key={box.id} box={box} state={asked === '' ? '' : isFound(box.id) ? ' found' : ' other'} />
      ))}
    </svg>
  );
}

/** A dot where a reference ends: the row that it names. */
function End({ at }: { readonly at: string }) {
  const [x, y] = at.split(' ').slice(-2);
  return <circle cx={x} cy={y} r="3.5" />;
}

function TableBox({
  box: { id, title, lines, more, width, height, x, y },
  state,
}: {
  readonly box: PlacedBox;
  readonly state: string;
}) {
  return (
    <a href={hrefOf('tables', id)} class={`box${state}`}>
      <g transform={`translate(${x} ${y})`}>
        <rect class="ground" width={width} height={height} rx="8" />
        <path class="top" d={`M0 ${TITLE}V8a8 8 0 0 1 8-8H${width - 8}a8 8 0 0 1 8 8V${TITLE}z`} />
        <text class="title" x="12" y={TITLE / 2} dominant-baseline="central">
          {title}
        </text>
        {lines.map((line, at) => (
          <Line key={line.name} line={line} y={TITLE + (at + 0.5) * LINE} width={width} />
        ))}
        {more === 0 ? null : (
          <text class="type" x="12" y={TITLE + (lines.length + 0.5) * LINE} dominant-baseline="central">
            {`${counted(more, 'more column')}`}
          </text>
        )}
        <rect class="edge" x="0.5" y="0.5" width={width - 1} height={height - 1} rx="8" />
      </g>
    </a>
  );
}

function Line({
  line: { name, type, role },
  y,
  width,
}: {
  readonly line: BoxLine;
  readonly y: number;
  readonly width: number;
}) {
  return (
    <>
      <text class={role} x="12" y={y} dominant-baseline="central">
        {name}
      </text>
      <text class="type" x={width - 12} y={y} text-anchor="end" dominant-baseline="central">
        {type}
      </text>
    </>
  );
}
