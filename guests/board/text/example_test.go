package text

import "fmt"

func ExampleClean() {
	fmt.Println(Clean("  List<int> <b>x</b> <script>alert(1)</script>\n", Active, false))
	fmt.Println(Clean("write `<script>`, see [docs](javascript:alert(1))", Active, true))
	// Output:
	// List<int> <b>x</b> &lt;script>alert(1)&lt;/script>
	// write `<script>`, see [docs](unsafe:alert(1))
}
