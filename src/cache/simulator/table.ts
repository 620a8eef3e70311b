/** Hit ratios as tables, in per cent with two digits. */

import type { HitRatios } from './hit-ratios.js';

/** For a terminal: columns aligned by spaces. */
export function tableText(ratios: HitRatios): string {
  const rows = cells(ratios);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map(line).join('\n');
}

/** For a page: the best policy of each column is bold. */
export function tableMarkdown(ratios: HitRatios): string {
  const [head = [], ...rows] = cells(ratios);
  const best = ratios.capacities.map((_, column) =>
    Math.max(...ratios.rows.map((row) => (row.name === 'optimum' ? 0 : Number(percent(row.ratios[column]))))),
  );
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const marked = rows.map(([name = '', ...values]) =>
    line([
      name,
      ...values.map((value, i) => (name !== 'optimum' && Number(value) === best[i] ? `**${value}**` : value)),
    ]),
  );
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...marked].join('\n');
}

function cells(ratios: HitRatios): string[][] {
  return [
    ['hits, %', ...ratios.capacities.map(String)],
    ...ratios.rows.map((row) => [row.name, ...row.ratios.map(percent)]),
  ];
}

function percent(ratio: number | undefined): string {
  return (100 * (ratio ?? 0)).toFixed(2);
}
