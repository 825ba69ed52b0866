// Package spelling measures how far a misspelt name is from a known one, for hints in error messages.
package spelling

// Distance returns how many bytes must be inserted, deleted or replaced to make b from a (Levenshtein). It takes
// len(a)·len(b) steps: bound the lengths of foreign names first.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
