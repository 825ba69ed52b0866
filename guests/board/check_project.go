package board

import (
	"math"

	"workcell/guests/board/pm"
)

// project checks the tables p and q.
func (k *checker) project(key, value []byte) {
	live := key[0] == 'p'
	if live {
		k.counts[countProjects]++
	} else {
		k.counts[countDeleted]++
	}
	var p pm.Project
	if !k.parse(value, &p) {
		return
	}
	id := idAfter(key, 1)
	k.need(p.Id == id.String(), "the project has another id")
	k.need(p.Version >= 1 && p.Title != "" && projectStatusWords[p.Status] != "", "version, title or status is missing")
	k.need(p.NextWorkItemNumber == 0, "it holds a number that is kept elsewhere")
	k.need((p.DeletedAt == nil) == live, "deleted_at does not fit to the table it is in")
	if live {
		k.need(k.refersTo(projectNameKey(p.Key), id), "the project is not found by its key "+p.Key)
	} else {
		k.need(!k.has(projectKey(id)), "the project is live as well")
	}
	k.need(k.has(itemCounterKey(id)), "the project has no item counter")
	k.need(k.has(historyKey(subject{kindProject, id})), "the project has no history")
}

func (k *checker) itemCounter(key, value []byte) {
	var n pm.Counter
	if k.parse(value, &n) {
		k.need(n.Next >= 1 && n.Next <= math.MaxInt32, "the counter is out of range")
		k.need(k.projectExists(idAfter(key, 1)), "it belongs to no project")
	}
}

func (k *checker) projectName(key, value []byte) {
	if id, ok := k.ref(value); ok {
		var p pm.Project
		k.need(k.load(projectKey(id), &p) && p.Key == string(key[1:]), "it leads to no live project with this key")
	}
}

func (k *checker) member(key, value []byte) {
	k.counts[countMembers]++
	var m pm.Member
	if !k.parse(value, &m) {
		return
	}
	project, user := idAfter(key, 1), idAfter(key, 17)
	k.need(string(m.ProjectId) == string(project[:]) && string(m.UserId) == string(user[:]), "the membership is another's")
	k.need(len(m.Id) == 16, "the membership has no id")
	k.need(parseRole(m.Role) != nobody, "the role is none")
	k.need(k.has(membershipKey(user, project)), "the user's list of projects lacks it")
	k.need(k.projectExists(project), "it belongs to no project")
}

func (k *checker) membership(key, value []byte) {
	user, project := idAfter(key, 1), idAfter(key, 17)
	if id, ok := k.ref(value); ok {
		k.need(id == project, "it refers to another project")
		k.need(k.has(memberKey(project, user)), "the project's members lack it")
	}
}

func (k *checker) user(key, value []byte) {
	k.counts[countUsers]++
	var u pm.User
	if k.parse(value, &u) {
		k.need(string(u.Id) == string(key[1:]), "the user has another id")
	}
}
