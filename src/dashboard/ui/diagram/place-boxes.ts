/** Finds a place for every box, in a chunk of its own: dagre is larger than the rest of the pages. Pure. */
import { Graph, layout } from '@dagrejs/dagre';
import type { Box, PlacedBox } from './boxes.js';
import type { Link } from './links.js';

/** Boxes with their places, and the size of the whole. Pixels at 100 %. */
export interface Placed {
  readonly boxes: readonly PlacedBox[];
  readonly width: number;
  readonly height: number;
}

/** Around the whole, and between boxes without references. */
const GAP = 32;

/** Referring tables stand left of those that they refer to; tables without references follow in a grid. */
export function placeBoxes(boxes: readonly Box[], links: readonly Link[]): Placed {
  const drawn = links.filter(({ from, to }) => to !== null && to !== from);
  const linked = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const connected = boxes.filter(({ id }) => linked.has(id));
  const above = connected.length === 0 ? { boxes: [], width: 0, height: GAP } : layered(connected, drawn);
  const alone = boxes.filter(({ id }) => !linked.has(id));
  const below = grid(alone, Math.max(above.width, squareWidth(alone)), above.height);
  return {
    boxes: [...above.boxes, ...below.boxes],
    width: Math.max(above.width, below.width),
    height: Math.max(above.height, below.height),
  };
}

function layered(boxes: readonly Box[], links: readonly Link[]): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP, ranksep: 88, marginx: GAP, marginy: GAP });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of links) graph.setEdge(from, to!);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: boxes.map((box) => {
      // dagre names the middle of a box.
      const { x = 0, y = 0 } = graph.node(box.id);
      return { ...box, x: x - box.width / 2, y: y - box.height / 2 };
    }),
  };
}

/** The width of a grid that is about one and a half times as wide as high. */
function squareWidth(boxes: readonly Box[]): number {
  const area = boxes.reduce((sum, { width, height }) => sum + (width + GAP) * (height + GAP), 0);
  return Math.sqrt(area * 1.5) + GAP;
}

function grid(boxes: readonly Box[], most_width: number, top: number): Placed {
  const placed: PlacedBox[] = [];
  let [x, y, row, width] = [GAP, top, 0, 0];
  for (const box of boxes) {
    if (x > GAP && x + box.width + GAP > most_width) [x, y, row] = [GAP, y + row + GAP, 0];
    placed.push({ ...box, x, y });
    x += box.width + GAP;
    row = Math.max(row, box.height);
    width = Math.max(width, x);
  }
  return { boxes: placed, width, height: boxes.length === 0 ? top : y + row + GAP };
}
