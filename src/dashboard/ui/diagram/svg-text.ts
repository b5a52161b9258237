/** The drawing as a file of its own. */

/** The colours of a file: those of the light page, since nobody knows what it is put on. */
const STYLE = [
  'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#171b24}',
  '.title,.key{font-weight:600}',
  '.type{fill:#5a6372}',
  '.reference{fill:#2449c4}',
  '.ground{fill:#fff}',
  '.top{fill:#eceef2}',
  '.edge{fill:none;stroke:#c3c9d4}',
  '.links path{fill:none;stroke:#7d879b;stroke-width:1.5}',
  '.links circle{fill:#7d879b}',
  '.lists path{stroke-dasharray:4 4}',
].join('');

/**
 * The text of an SVG file of an element, at 100 %. Links of the page are left out: a file has no other page.
 */
export function svgText(drawn: SVGElement): string {
  const copy = drawn.cloneNode(true) as SVGElement;
  for (const link of copy.querySelectorAll('a')) {
    const group = document.createElementNS(SVG, 'g');
    group.append(...link.childNodes);
    link.replaceWith(group);
  }
  const [, , width, height] = (copy.getAttribute('viewBox') ?? '').split(' ');
  copy.setAttribute('width', width ?? '');
  copy.setAttribute('height', height ?? '');
  copy.setAttribute('xmlns', SVG);
  const style = document.createElementNS(SVG, 'desc');
  copy.prepend(style);
  // The style is put into the text alone: in the page, its policy would refuse it.
  return new XMLSerializer()
    .serializeToString(copy)
    .replace(/<desc\s*\/>|<desc><\/desc>/, `<style>${STYLE}</style>`);
}

const SVG = 'http://www.w3.org/2000/svg';
