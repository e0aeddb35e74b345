# What hull does where something is missing, small, damaged or in its way.
load ../lib/hull

@test "an environment without PATH: programs are found where execvp(3) would" {
	make_bundle
	config '.process.env = []'
	program sh -c 'echo fine'
	run_ok
	expect_out fine
	config '.process.args = ["nowhere"]'
	run_it
	expect_error 'exec: "nowhere": executable file not found in $PATH'
}
