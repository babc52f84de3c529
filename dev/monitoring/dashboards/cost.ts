import { perSecond, sum, type Panel } from './model.ts';

/**
 * What processes of ours use: the operator's and the workers' have the same metrics of it.
 * @param ours a series, when it is of one of them
 */
export function costOf(ours: (series: string) => string): readonly Panel[] {
  const each = (series: string): string => sum(ours(series), 'instance');
  return [
    {
      title: 'CPU',
      description: 'Of one core.',
      kind: 'timeseries',
      unit: 'percentunit',
      queries: [{ expr: each(perSecond('process_cpu_seconds_total')), legend: '{{instance}}' }],
    },
    {
      title: 'Memory',
      description: 'Resident, and what of it is the heap. A worker has no more with a larger backlog.',
      kind: 'timeseries',
      unit: 'bytes',
      queries: [
        { expr: each('process_resident_memory_bytes'), legend: '{{instance}} resident' },
        { expr: each('nodejs_heap_size_used_bytes'), legend: '{{instance}} heap' },
      ],
    },
    {
      title: 'Event loop delay',
      description: 'How late the process comes to what is due, p99.',
      kind: 'timeseries',
      unit: 's',
      queries: [{ expr: each('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
    },
  ];
}
