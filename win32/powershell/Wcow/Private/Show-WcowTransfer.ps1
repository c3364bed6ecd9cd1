# SPDX-License-Identifier: MIT
# Progress records of what pull and push write: "0f04c51d4768: Pull complete", a line a step of each layer. What is said
# of the image as a whole is for -Verbose.
function Show-WcowTransfer {
    param([Parameter(ValueFromPipeline = $true)] [string] $Line, [string] $Activity, [System.Management.Automation.PSCmdlet] $Cmdlet)

    begin {
        $layers = @{}
        $done = 'Pull complete', 'Already exists', 'Pushed', 'Layer already exists', 'Mounted'
    }
    process {
        if ($Line -notmatch '^(?<id>[0-9a-f]{12}): (?<step>.+)$') {
            $Cmdlet.WriteVerbose($Line)
            return
        }
        $step = $Matches.step
        $layers[$Matches.id] = [bool] ($done | Where-Object { $step.StartsWith($_) })
        $complete = @($layers.Values | Where-Object { $_ }).Count
        Write-Progress -Activity $Activity -Status "$complete of $($layers.Count) layers" -CurrentOperation $Line -PercentComplete (100 * $complete / $layers.Count)
    }
    end {
        if ($layers.Count) {
            Write-Progress -Activity $Activity -Completed
        }
    }
}
