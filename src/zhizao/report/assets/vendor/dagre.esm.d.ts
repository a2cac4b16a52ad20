/** What is used of dagre, for the type check of scripts; browsers do not load it. */
export class Graph {
  [name: string]: any;
}
export function layout(graph: Graph): void;
