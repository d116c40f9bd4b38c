/**
 * @param left - of every node, its left child, after it; 0 in a leaf
 * @param offsets - where each tree begins, and last the number of all nodes
 * @returns of each tree, steps from its root to the deepest leaf
 */
export function depthsOf(left: Uint32Array, offsets: Uint32Array): number[] {
  const depths = new Uint32Array(left.length);
  return Array.from(offsets.subarray(0, -1), (root, tree) => {
    let deepest = 0;
    // children come after their parent: one pass forward knows every depth
    for (let node = root; node < offsets[tree + 1]; node++) {
      const child = left[node];
      const depth = depths[node];
      if (depth > deepest) deepest = depth;
      if (child === 0) continue;
      depths[child] = depth + 1;
      depths[child + 1] = depth + 1;
    }
    return deepest;
  });
}
