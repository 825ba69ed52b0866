package load

import (
	"maps"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"workcell/host/client/pmpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; nothing depends on how fast the machine is.
const patience = 60 * time.Second

func measure(t *testing.T, s *server, c Config) *Result {
	t.Helper()
	c.URL, c.Patience = s.url, patience
	c.Projects, c.Pipeline = max(c.Projects, 1), max(c.Pipeline, 1)
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expect(t *testing.T, r *Result, requests int64, errors map[string]int64) {
	t.Helper()
	if r.Requests != requests || !maps.Equal(r.Errors, errors) {
		t.Errorf("%d answered, errors %v; want %d and %v", r.Requests, r.Errors, requests, errors)
	}
	if r.Requests > 0 && (r.Latency.N != requests || r.PerSecond <= 0) {
		t.Errorf("%d in the histogram, %v per second", r.Latency.N, r.PerSecond)
	}
}

func TestEveryRequestIsCountedOnce(t *testing.T) {
	const items, places = 2 * 5, 3 * 4
	for w, prepared := range map[Workload]int{Create: items, Update: items + places, Get: items, Mixed: items + places} {
		t.Run(string(w), func(t *testing.T) {
			s := serve(t, rules{})
			r := measure(t, s, Config{Workload: w, Clients: 3, Projects: 2, Items: 5, Pipeline: 4, Requests: 20, Decode: true})
			expect(t, r, 60, nil)
			if got := s.handled() - prepared; got != 60 {
				t.Errorf("the server got %d requests of the run", got)
			}
		})
	}
}

func TestAMixIsSixListsThreeUpdatesOneCreate(t *testing.T) {
	s := serve(t, rules{})
	measure(t, s, Config{Workload: Mixed, Clients: 1, Items: 3, Requests: 20})
	want := map[string]int{"create_project_request": 2, "create_work_item_request": 3 + 1 + 2, "get_work_items_request": 12, "update_work_item_request": 6}
	if got := s.requests(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRefusalsAreErrorsByCode(t *testing.T) {
	s := serve(t, rules{refuse: 3})
	r := measure(t, s, Config{Workload: Create, Clients: 1, Pipeline: 2, Requests: 20})
	expect(t, r, 14, map[string]int64{"RATE_LIMITED": 6})
}

func TestARefusedPreparationSaysWhatToDo(t *testing.T) {
	s := serve(t, rules{refuse: 1})
	_, err := Run(t.Context(), Config{URL: s.url, Workload: Get, Clients: 1, Projects: 1, Items: 1, Pipeline: 1, Requests: 1, Patience: patience})
	if err == nil || !strings.Contains(err.Error(), "rate_limit.max_requests") {
		t.Error(err)
	}
}

func TestRepliesThatAreNotAsExpectedAreErrors(t *testing.T) {
	s := serve(t, rules{forget: true})
	r := measure(t, s, Config{Workload: Get, Clients: 2, Items: 5, Requests: 10, Decode: true})
	expect(t, r, 0, map[string]int64{"UNEXPECTED": 20})
	r = measure(t, s, Config{Workload: Get, Clients: 2, Items: 5, Requests: 10})
	expect(t, r, 20, nil) // a list that is not decoded is taken as it is
}

func TestEventsBetweenRepliesAreNoReplies(t *testing.T) {
	s := serve(t, rules{chatter: true})
	r := measure(t, s, Config{Workload: Create, Clients: 2, Pipeline: 3, Requests: 10})
	expect(t, r, 20, nil)
	if r.Events != 20 {
		t.Errorf("%d events", r.Events)
	}
}

func TestAConnectionThatEndsIsAnErrorAndSoAreItsRequests(t *testing.T) {
	s := serve(t, rules{closeAfter: 5})
	r := measure(t, s, Config{Workload: Create, Clients: 1, Requests: 10})
	expect(t, r, 5, map[string]int64{"CLOSED_1013": 1, codeUnanswered: 1})
}

func TestTheMeasuredTimeEndsByItself(t *testing.T) {
	s := serve(t, rules{})
	r := measure(t, s, Config{Workload: Create, Clients: 2, Warmup: time.Millisecond, Duration: 200 * time.Millisecond})
	if got := s.handled(); r.Requests > int64(got) || r.ErrorCount() != 0 {
		t.Errorf("%d counted, %d answered by the server, errors %v", r.Requests, got, r.Errors)
	}
}

func TestEverySubscriberIsCounted(t *testing.T) {
	s := serve(t, rules{})
	r := measure(t, s, Config{Workload: Broadcast, Clients: 7, Pipeline: 3, Requests: 20})
	expect(t, r, 20, nil)
	if r.Deliveries != 140 || r.Delivery.N != 140 || r.Clients != 7 {
		t.Errorf("%d deliveries to %d subscribers, %+v", r.Deliveries, r.Clients, r.Delivery)
	}
}

func TestNobodyWaitsForTheDeaf(t *testing.T) {
	s := serve(t, rules{})
	r := measure(t, s, Config{Workload: Broadcast, Clients: 3, Deaf: 2, Pipeline: 2, Requests: 20})
	expect(t, r, 20, nil)
	if r.Deliveries != 60 || r.Clients != 3 || r.Connecting.N != 6 {
		t.Errorf("%d deliveries to %d subscribers, %d connections", r.Deliveries, r.Clients, r.Connecting.N)
	}
}

func TestARefusedWriteOfABroadcastReachesNobody(t *testing.T) {
	s := serve(t, rules{refuse: 4})
	r := measure(t, s, Config{Workload: Broadcast, Clients: 3, Pipeline: 2, Requests: 20})
	expect(t, r, 15, map[string]int64{"RATE_LIMITED": 5})
	if r.Deliveries != 45 {
		t.Errorf("%d deliveries", r.Deliveries)
	}
}

func TestALostSubscriberEndsABroadcast(t *testing.T) {
	s := serve(t, rules{cutAfter: 4})
	r := measure(t, s, Config{Workload: Broadcast, Clients: 2, Requests: 1000})
	if r.Errors["CLOSED_1013"] < 1 || r.Requests >= 1000 {
		t.Errorf("%d answered, errors %v", r.Requests, r.Errors)
	}
}

func TestIdleConnectionsAreCounted(t *testing.T) {
	s := serve(t, rules{room: 4})
	r := measure(t, s, Config{Workload: Idle, Clients: 6, Duration: time.Millisecond})
	expect(t, r, 0, map[string]int64{"REFUSED_503": 2})
	if r.Connecting.N != 4 {
		t.Errorf("%d connected", r.Connecting.N)
	}
}

func TestItemsHaveTheUsualSize(t *testing.T) {
	item := newItem("p")
	if len(item.Title) != titleBytes || len(item.GetDescription()) != descriptionBytes || item.ItemType != pmpb.WorkItemType_TASK {
		t.Errorf("title of %d, description of %d bytes, %v", len(item.Title), len(item.GetDescription()), item.ItemType)
	}
}

func TestAConfigThatIsNotInOrder(t *testing.T) {
	good := Config{Workload: Create, Clients: 1, Projects: 1, Pipeline: 1, Duration: time.Second, Patience: time.Second}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"none of create, update, get, mixed, broadcast, idle": func(c *Config) { c.Workload = "delete" },
		"clients is 0 and must be 1 to 20000":                 func(c *Config) { c.Clients = 0 },
		"clients is 20001":                                    func(c *Config) { c.Clients = MaxClients + 1 },
		"projects is 1001":                                    func(c *Config) { c.Projects = MaxProjects + 1 },
		"items is 1000001":                                    func(c *Config) { c.Items = MaxItems + 1 },
		"pipeline is 1001":                                    func(c *Config) { c.Pipeline = MaxPipeline + 1 },
		"needs a duration":                                    func(c *Config) { c.Duration = 0 },
		"number of request":                                   func(c *Config) { c.Requests = -1 },
		"patience":                                            func(c *Config) { c.Patience = 0 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := Run(t.Context(), c); err == nil {
			t.Error("it was run")
		}
	}
}
