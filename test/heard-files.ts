/** Since when nothing has been heard of what is still going on. */
export interface HeardFiles {
  begin(file: string): void;
  /** Of a file that has begun. What comes late, of one that has ended, counts for nothing. */
  hear(file: string): void;
  end(file: string): void;
  silentFor(milliseconds: number): readonly string[];
}

export function createHeardFiles(now: () => number = performance.now.bind(performance)): HeardFiles {
  const lastHeard = new Map<string, number>();
  return {
    begin: (file) => void lastHeard.set(file, now()),
    hear(file) {
      if (lastHeard.has(file)) lastHeard.set(file, now());
    },
    end: (file) => void lastHeard.delete(file),
    silentFor: (milliseconds) => [...lastHeard].filter(([, at]) => now() - at >= milliseconds).map(([file]) => file),
  };
}
