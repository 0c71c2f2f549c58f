const paths = {
  plus: 'M8 3v10M3 8h10',
  bin: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  send: 'M8 13V3M3.5 7.5L8 3l4.5 4.5',
  stop: 'M4.5 4.5h7v7h-7z',
  tool: 'M10.5 2.5a3.2 3.2 0 0 0-3 4.3L2.8 11.500a1.200 1.200 0 0 0 1.700 1.700l4.700-4.700a3.200 3.200 0 0 0 4.100-4.200l-2 2-1.600-1.600 2-2a3.200 3.200 0 0 0-1.200-.2z',
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  person:
    'M8 8a2.700 2.700 0 1 0 0-5.400A2.700 2.700 0 0 0 8 8zM3 13.500c.4-2.500 2.400-3.800 5-3.800s4.600 1.300 5 3.800',
  door: 'M9 3H4.500v10H9M7.500 8H13.500M11 5.500L13.500 8 11 10.500',
  copy: 'M6 6h7v7H6zM4 10H3V3h7v1',
  threads: 'M3 4h10M3 8h10M3 12h6',
  shield: 'M8 2l5 2v4c0 3-2.100 5-5 6-2.900-1-5-3-5-6V4z',
  mark: 'M4 12.500L8 3.500l4 9M5.500 9.500h5',
} as const;

const svg = 'http://www.w3.org/2000/svg';

/** A drawing that says nothing which a text beside it does not say. */
export function icon(name: keyof typeof paths): SVGElement {
  const drawing = document.createElementNS(svg, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('class', 'icon');
  drawing.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(svg, 'path');
  line.setAttribute('d', paths[name]);
  drawing.append(line);
  return drawing;
}
