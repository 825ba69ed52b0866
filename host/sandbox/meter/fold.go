package meter

// fold moves the charge of a loop's header to where the loop is entered from: the block that falls into it, and the
// blocks that end in its back edges. The last turn of a loop that is left in its header is then paid once, and a Go
// function, which is one loop around a br_table, is entered with one charge and not two.
//
// It is exact: the header runs whenever one of these blocks has run, and never else. It is possible if all back edges are
// plain: a br_if in a block may also not be taken. Inner loops come first, so that a header's charge can move on when it
// is in turn the block before another loop; the block of a back edge gets its charge when the outer loop is done, and
// keeps it, whether it is a header itself or not.
func (s *scanner) fold(l *loop) {
	if l.conditional || l.back == 0 {
		return
	}
	for i := l.back; i != 0; i = s.backs[i-1].next {
		if s.backs[i-1].block == l.header {
			return // the loop is one block: there is nowhere to move to
		}
	}
	header := &s.blocks[l.header]
	for i := l.back; i != 0; i = s.backs[i-1].next {
		s.blocks[s.backs[i-1].block].cost += header.cost
	}
	s.blocks[l.entry].cost += header.cost
	header.cost = 0
}
