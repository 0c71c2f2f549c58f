export interface Timer {
  readonly ended: Promise<true>;
  clear(): void;
}

export function startTimer(milliseconds: number): Timer {
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), milliseconds);
  });
  return { ended, clear: () => clearTimeout(timer) };
}
