module heapbench

go 1.19
