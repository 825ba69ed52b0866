package fanout

import "workcell/abi"

// number is that of a topic. Numbers are used again, so that they stay small and what they name lies close together.
type number uint32

// none is the number of no topic.
const none number = 0

// topic is a scope that somebody holds, of whatever kind but users, and who holds it. Of inert scopes there are topics,
// too, though events cannot be addressed to them.
type topic struct {
	scope   abi.Scope
	holders []*Subscriber // in no order
}

// topics are all topics. Their methods are called with Hub.mu held.
type topics struct {
	numbers map[abi.Scope]number
	all     []topic // by number; that of none, and of those that are free, are empty
	free    []number
}

func newTopics() topics {
	return topics{numbers: map[abi.Scope]number{}, all: make([]topic, 1)}
}

// intern returns the number of the topic of scope, which it makes if there is none. It retains scope. A topic that is new
// must get a holder.
func (t *topics) intern(scope abi.Scope) number {
	n, known := t.numbers[scope]
	if known {
		return n
	}
	if last := len(t.free) - 1; last >= 0 {
		n, t.free = t.free[last], t.free[:last]
		t.all[n].scope = scope
	} else {
		n = number(len(t.all))
		t.all = append(t.all, topic{scope: scope})
	}
	t.numbers[scope] = n
	return n
}

// add makes s a holder of a topic, and returns its place among them.
func (t *topics) add(n number, s *Subscriber) (place uint32) {
	holders := &t.all[n].holders
	*holders = append(*holders, s)
	return uint32(len(*holders) - 1)
}

// remove ends what is held: the last holder gets the place. A topic without holders is forgotten.
func (t *topics) remove(held holding) {
	topic := &t.all[held.topic]
	end := len(topic.holders) - 1
	last := topic.holders[end]
	topic.holders[held.place], topic.holders[end] = last, nil
	topic.holders = topic.holders[:end]
	if end == 0 {
		delete(t.numbers, topic.scope)
		topic.scope, topic.holders = abi.Scope{}, nil
		t.free = append(t.free, held.topic)
		return
	}
	i, _ := last.find(held.topic)
	last.holdings()[i].place = held.place
}
